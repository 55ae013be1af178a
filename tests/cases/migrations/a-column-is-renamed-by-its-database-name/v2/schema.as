@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.column 'A_2'
  @db.column.renamed 'A_1'
  a: string
}
