@db.table 'a'
export interface A {
  @meta.id
  id: number.int
  @db.rel.FK
  r?: B.id
}
@db.table 'b'
export interface B {
  @meta.id
  id: number.int
  @db.rel.FK
  r?: C.id
}
@db.table 'c'
export interface C {
  @meta.id
  id: number.int
  @db.rel.FK
  r?: A.id
}
