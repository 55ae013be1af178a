@db.table 't'
export interface IT {
  a: number.int
  @meta.id
  b: number.int
}
