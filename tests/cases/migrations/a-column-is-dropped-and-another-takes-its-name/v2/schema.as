@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.column.renamed 'b'
  a: number.int
}
