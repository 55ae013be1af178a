@db.table '😀emoji'
@db.table.renamed 'emoji😀'
export interface T {
  @meta.id
  id: number.int.int64
  @db.index.plain
  @db.index.unique 'u'
  @db.column '😀emoji'
  @db.column.renamed 'emoji😀'
  a: string
  @db.rel.FK
  up?: T.id
  @db.default '😀emoji'
  c: string
}
@db.view 'w emoji😀'
@db.view.for T
@db.view.filter `T.a != 'z'`
export interface W {
  a: T.a
}
