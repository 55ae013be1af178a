@db.table 'two'
@db.table.renamed 'one'
export interface A {
  @meta.id
  id: number.int
  a: string
}
@db.table 'one'
@db.table.renamed 'two'
export interface B {
  @meta.id
  id: number.int
  b: string
}
