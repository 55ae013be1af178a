@db.table 't'
export interface T {
  @meta.id
  @db.default.increment 100
  id: number.int
}
