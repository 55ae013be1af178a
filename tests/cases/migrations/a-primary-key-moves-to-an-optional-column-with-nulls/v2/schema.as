@db.table 't'
export interface IT {
  id: number.int
  @meta.id
  b: number.int
}
