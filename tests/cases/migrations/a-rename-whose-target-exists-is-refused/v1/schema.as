@db.table 'old'
export interface A {
  @meta.id
  id: number.int
}
@db.table 'new'
export interface B {
  @meta.id
  id: number.int
  x?: string
}
