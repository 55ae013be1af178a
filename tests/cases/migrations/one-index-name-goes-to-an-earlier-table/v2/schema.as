@db.table 'b'
export interface IB {
  @meta.id
  id: number.int
  @db.index.plain 'one'
  a: string
}
@db.table 'a'
export interface IA {
  @meta.id
  id: number.int
  @db.index.plain 'one'
  a: string
}
