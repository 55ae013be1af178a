@db.table 't'
export interface IT {
  @meta.id
  @db.default.increment
  id: number.int
  a?: string
}
