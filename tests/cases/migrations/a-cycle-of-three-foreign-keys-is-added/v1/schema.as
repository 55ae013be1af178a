@db.table 'a'
export interface A {
  @meta.id
  id: number.int
  r?: number.int
}
@db.table 'b'
export interface B {
  @meta.id
  id: number.int
  r?: number.int
}
@db.table 'c'
export interface C {
  @meta.id
  id: number.int
  r?: number.int
}
