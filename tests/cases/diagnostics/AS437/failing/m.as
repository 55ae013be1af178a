// expected at 7:5
@db.table 'cart'
export interface Cart {
  @meta.id
  id: number
  items: {
    @db.index.plain
    sku: string
  }[]
}
