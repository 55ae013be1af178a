// expected at 6:3
@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.amount.currency 'EUR'
  price: number
}
