@db.table 'select'
export interface T {
  @meta.id
  id: number.int
  @db.index.plain
  @db.index.unique 'u'
  @db.column 'select'
  a: string
  @db.rel.FK
  up?: T.id
}
@db.view 'w select'
@db.view.for T
export interface W {
  a: T.a
}
