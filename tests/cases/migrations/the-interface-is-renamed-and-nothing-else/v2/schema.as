@db.table 't'
export interface Two {
  @meta.id
  id: number.int
  a: string
}
