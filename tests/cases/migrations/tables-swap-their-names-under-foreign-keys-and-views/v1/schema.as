@db.table 'one'
export interface A {
  @meta.id
  id: number.int
  a: string
}
@db.table 'two'
export interface B {
  @meta.id
  id: number.int
  b: string
}
@db.table 'z'
export interface Z {
  @meta.id
  id: number.int
  @db.rel.FK
  a?: A.id
  @db.rel.FK
  b?: B.id
}
@db.view 'w'
@db.view.for A
export interface VW {
  id: A.id
  a: A.a
}
