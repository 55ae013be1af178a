@db.table '%s'
@db.table.renamed '50%'
export interface T {
  @meta.id
  id: number.int.int64
  @db.index.plain
  @db.index.unique 'u'
  @db.column '%s'
  @db.column.renamed '50%'
  a: string
  @db.rel.FK
  up?: T.id
  @db.default '%s'
  c: string
}
@db.view 'w 50%'
@db.view.for T
@db.view.filter `T.a != 'z'`
export interface W {
  a: T.a
}
