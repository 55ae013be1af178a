@db.table 'a'
export interface A {
  @meta.id
  id: number.int
  @db.index.plain 'shared'
  x?: string
}
@db.table 'b'
export interface B {
  @meta.id
  id: number.int
  @db.index.plain 'shared'
  y?: string
}
