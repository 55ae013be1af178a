@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.amount.currency.ref 'currency'
  price: decimal
  currency: string
}
