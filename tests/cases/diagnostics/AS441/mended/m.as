@db.table 'order'
export interface Order {
  @meta.id
  id: number
  @db.default.now
  at: number.timestamp
}
