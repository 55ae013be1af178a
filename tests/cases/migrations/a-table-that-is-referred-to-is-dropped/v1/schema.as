@db.table 'a'
export interface A {
  @meta.id
  id: number.int
}
@db.table 'b'
export interface IB {
  @meta.id
  id: number.int
  @db.rel.FK
  a?: A.id
}
