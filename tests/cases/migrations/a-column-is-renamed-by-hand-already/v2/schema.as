@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.column.renamed 'a'
  b: string
}
