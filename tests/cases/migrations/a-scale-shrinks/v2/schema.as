@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.column.precision 8, 2
  a: decimal
}
