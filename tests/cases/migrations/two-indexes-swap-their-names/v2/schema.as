@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.index.plain 'two'
  a: string
  @db.index.plain 'one'
  b?: string
}
