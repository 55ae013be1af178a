@db.table 'order'
@db.table.renamed 'select'
export interface T {
  @meta.id
  id: number.int.int64
  @db.index.plain
  @db.index.unique 'u'
  @db.column 'order'
  @db.column.renamed 'select'
  a: string
  @db.rel.FK
  up?: T.id
  @db.default 'order'
  c: string
}
@db.view 'w select'
@db.view.for T
@db.view.filter `T.a != 'z'`
export interface W {
  a: T.a
}
