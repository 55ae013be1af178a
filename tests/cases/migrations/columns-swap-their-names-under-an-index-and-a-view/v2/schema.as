@db.table 't'
export interface T {
  @meta.id
  id: number.int
  @db.column.renamed 'b'
  a: string
  @db.column.renamed 'a'
  @db.index.plain
  b: string
}
@db.view 'w'
@db.view.for T
export interface VW {
  a: T.a
}
