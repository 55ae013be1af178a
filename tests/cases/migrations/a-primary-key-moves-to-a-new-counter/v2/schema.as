@db.table 't'
export interface IT {
  id: number.int
  b?: number.int
  @meta.id
  @db.default.increment
  n: number.int
}
