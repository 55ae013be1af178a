@db.table 'Ünïcødé'
export interface T {
  @meta.id
  id: number.int
  @db.index.plain
  @db.index.unique 'u'
  @db.column 'Ünïcødé'
  a: string
  @db.rel.FK
  up?: T.id
}
@db.view 'w Ünïcødé'
@db.view.for T
export interface W {
  a: T.a
}
