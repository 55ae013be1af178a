@db.table 'b'
export interface IB {
  @meta.id
  id: number.int
  @db.index.plain 'one'
  a: string
}
@db.table 'c'
export interface IC {
  @meta.id
  id: number.int
  @db.index.plain 'one'
  a: string
}
