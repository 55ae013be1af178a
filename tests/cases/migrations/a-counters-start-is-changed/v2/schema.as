@db.table 't'
export interface IT {
  @meta.id
  @db.default.increment 100
  id: number.int
  a?: string
}
