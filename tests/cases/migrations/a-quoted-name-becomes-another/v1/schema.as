@db.table 'qu"ote'
export interface T {
  @meta.id
  id: number.int
  @db.index.plain
  @db.index.unique 'u'
  @db.column 'qu"ote'
  a: string
  @db.rel.FK
  up?: T.id
}
@db.view 'w qu"ote'
@db.view.for T
export interface W {
  a: T.a
}
