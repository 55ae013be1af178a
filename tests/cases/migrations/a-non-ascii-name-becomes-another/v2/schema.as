@db.table '日本語'
@db.table.renamed 'Ünïcødé'
export interface T {
  @meta.id
  id: number.int.int64
  @db.index.plain
  @db.index.unique 'u'
  @db.column '日本語'
  @db.column.renamed 'Ünïcødé'
  a: string
  @db.rel.FK
  up?: T.id
  @db.default '日本語'
  c: string
}
@db.view 'w Ünïcødé'
@db.view.for T
@db.view.filter `T.a != 'z'`
export interface W {
  a: T.a
}
