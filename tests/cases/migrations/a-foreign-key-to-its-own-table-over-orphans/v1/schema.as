@db.table 't'
export interface I {
  @meta.id
  id: number.int
  a?: number.int
}
