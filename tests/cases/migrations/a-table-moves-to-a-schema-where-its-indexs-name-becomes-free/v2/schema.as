@db.table 'a'
export interface A {
  @meta.id
  id: number.int
  @db.index.plain 'shared'
  x?: string
}
@db.table 'b'
@db.schema 'crm'
export interface B {
  @meta.id
  id: number.int
  @db.index.plain 'shared'
  y?: string
}
