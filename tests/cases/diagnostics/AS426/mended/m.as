@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.amount.currency 'EUR'
  price: decimal
}
