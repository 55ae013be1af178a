@db.table 'a.b'
export interface T {
  @meta.id
  id: number.int
  @db.index.plain
  @db.index.unique 'u'
  @db.column 'a.b'
  a: string
  @db.rel.FK
  up?: T.id
}
@db.view 'w a.b'
@db.view.for T
export interface W {
  a: T.a
}
