@db.table 't'
export interface IT {
  @meta.id
  a: number.int
  @meta.id
  b: number.int
}
