@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.index.fulltext
  a: string
}
