@db.table 't'
export interface T {
  @meta.id
  id: number.int
  @db.column.renamed 'a'
  @db.index.plain 'ix'
  b: string
  c?: number
}
@db.view 'w'
@db.view.for T
@db.view.filter `T.b != 'z'`
export interface VW {
  id: T.id
  a: T.b
  c: T.c
}
