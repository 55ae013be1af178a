@db.table 't'
export interface IT {
  @meta.id
  a: number.int
  b: number.int
}
