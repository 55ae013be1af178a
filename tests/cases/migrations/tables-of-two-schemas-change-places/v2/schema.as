@db.table 'one'
export interface A {
  @meta.id
  id: number.int
  a: string
}
@db.table 'two'
@db.schema 'crm'
export interface B {
  @meta.id
  id: number.int
  b: string
}
