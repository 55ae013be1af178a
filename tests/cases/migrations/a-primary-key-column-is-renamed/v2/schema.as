@db.table 't'
export interface IT {
  @meta.id
  @db.column.renamed 'id'
  no: number.int
}
