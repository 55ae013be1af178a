@db.table 'mixedcase'
@db.table.renamed 'MixedCase'
export interface T {
  @meta.id
  id: number.int.int64
  @db.index.plain
  @db.index.unique 'u'
  @db.column 'mixedcase'
  @db.column.renamed 'MixedCase'
  a: string
  @db.rel.FK
  up?: T.id
  @db.default 'mixedcase'
  c: string
}
@db.view 'w MixedCase'
@db.view.for T
@db.view.filter `T.a != 'z'`
export interface W {
  a: T.a
}
