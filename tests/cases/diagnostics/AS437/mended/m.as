@db.table 'cart'
export interface Cart {
  @meta.id
  id: number
}
@db.table 'item'
export interface Item {
  @meta.id
  id: number
  @db.rel.FK
  cartId: Cart.id
  @db.index.plain
  sku: string
}
