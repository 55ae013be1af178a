@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.column.renamed 'b'
  a: string
  @db.column.renamed 'a'
  b: string
}
