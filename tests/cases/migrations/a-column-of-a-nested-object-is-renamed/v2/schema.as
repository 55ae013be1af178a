@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  o: {
  @db.column.renamed 'a'
  b: string
  }
}
