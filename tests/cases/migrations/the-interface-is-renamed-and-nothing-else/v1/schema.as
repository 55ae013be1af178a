@db.table 't'
export interface One {
  @meta.id
  id: number.int
  a: string
}
