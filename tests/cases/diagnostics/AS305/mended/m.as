@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.column.precision 10, 2
  price: decimal
}
