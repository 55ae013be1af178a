@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.default '5'
  a: number.int
}
