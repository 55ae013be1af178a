@db.table 'one'
export interface A {
  @meta.id
  id: number.int
  a: string
}
