@db.table 't'
export interface IT {
  @meta.id
  @db.default.increment 5
  id: number.int
  a?: string
}
