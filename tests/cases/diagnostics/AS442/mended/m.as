@db.table 'order'
export interface Order {
  @meta.id
  id: number
  total: number
}
@db.view 'totals'
@db.view.for Order
export interface Totals {
  @db.agg.min 'total'
  least: number
  @db.agg.max 'total'
  most: number
}
