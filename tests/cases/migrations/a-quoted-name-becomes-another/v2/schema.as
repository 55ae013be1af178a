@db.table 'it\'s'
@db.table.renamed 'qu"ote'
export interface T {
  @meta.id
  id: number.int.int64
  @db.index.plain
  @db.index.unique 'u'
  @db.column 'it\'s'
  @db.column.renamed 'qu"ote'
  a: string
  @db.rel.FK
  up?: T.id
  @db.default 'it\'s'
  c: string
}
@db.view 'w qu"ote'
@db.view.for T
@db.view.filter `T.a != 'z'`
export interface W {
  a: T.a
}
