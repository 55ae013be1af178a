@db.table 'x1'
export interface A {
  @meta.id
  id: number.int
  a: string
}
@db.table 'x2'
export interface B {
  @meta.id
  id: number.int
  b: string
}
@db.table 'x3'
export interface C {
  @meta.id
  id: number.int
  c: string
}
