@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.default '8'
  a: number.int
}
