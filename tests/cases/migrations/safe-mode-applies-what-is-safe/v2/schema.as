@db.table 'new'
@db.table.renamed 'old'
export interface INew {
  @meta.id
  id: number.int
  @db.column.renamed 'a'
  @db.index.plain
  b: number.int.int64
  c?: string
}
@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.view 'w'
@db.view.for T
export interface VW {
  id: T.id
  a: T.a
}
