@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.default.increment
  count: number
}
