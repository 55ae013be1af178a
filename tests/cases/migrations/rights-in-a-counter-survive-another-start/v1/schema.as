@db.table 't'
export interface T {
  @meta.id
  @db.default.increment
  id: number.int
}
