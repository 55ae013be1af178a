@db.table 'üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü'
@db.table.renamed 'éééééééééééééééééééééééééééééééééééééééé'
export interface T {
  @meta.id
  id: number.int.int64
  @db.index.plain
  @db.index.unique 'u'
  @db.column 'üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü'
  @db.column.renamed 'éééééééééééééééééééééééééééééééééééééééé'
  a: string
  @db.rel.FK
  up?: T.id
  @db.default 'üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü'
  c: string
}
@db.view 'w éééééééééééééééééééééééééééééééééééééééé'
@db.view.for T
@db.view.filter `T.a != 'z'`
export interface W {
  a: T.a
}
