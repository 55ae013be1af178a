// expected at 6:3
@db.table 'order'
export interface Order {
  @meta.id
  id: number
  @db.default '0'
  @db.default.now
  at: number.timestamp
}
