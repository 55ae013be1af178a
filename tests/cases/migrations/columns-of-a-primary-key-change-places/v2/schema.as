@db.table 't'
export interface IT {
  @meta.id
  b: number.int
  @meta.id
  a: number.int
}
