@db.table 'new'
@db.table.renamed 'old'
export interface A {
  @meta.id
  id: number.int
}
@db.table 'b'
export interface IB {
  @meta.id
  id: number.int
  @db.rel.FK
  a: A.id
}
