@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  a: number
}
