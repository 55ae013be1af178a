@db.table 'new'
@db.table.renamed 'old'
export interface T {
  @meta.id
  id: number.int.int64
  @db.column.renamed 'a'
  @db.index.unique 'ix'
  @expect.maxLength 9
  b: string
  @db.rel.FK
  @db.rel.onDelete 'cascade'
  u?: U.id
  @db.default 'n'
  more: string
}
@db.table 'u'
export interface U {
  @meta.id
  id: number.int
  x?: string
}
@db.view 'w'
@db.view.for T
export interface VW {
  id: T.id
  b: T.b
  more: T.more
}
