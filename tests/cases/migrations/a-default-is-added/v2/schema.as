@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.default '7'
  a: number.int
}
