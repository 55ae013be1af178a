@db.table 'éééééééééééééééééééééééééééééééééééééééé'
export interface T {
  @meta.id
  id: number.int
  @db.index.plain
  @db.index.unique 'u'
  @db.column 'éééééééééééééééééééééééééééééééééééééééé'
  a: string
  @db.rel.FK
  up?: T.id
}
@db.view 'w éééééééééééééééééééééééééééééééééééééééé'
@db.view.for T
export interface W {
  a: T.a
}
