@db.table 'one'
@db.schema 'crm'
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
