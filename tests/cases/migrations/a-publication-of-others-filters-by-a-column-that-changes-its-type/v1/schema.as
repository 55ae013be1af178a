@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: number.int
}
