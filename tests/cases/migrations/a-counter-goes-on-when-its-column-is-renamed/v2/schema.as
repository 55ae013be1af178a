@db.table 't'
export interface IT {
  @meta.id
  @db.column.renamed 'id'
  @db.default.increment
  no: number.int
  a?: string
}
