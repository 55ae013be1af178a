@db.table 'emoji😀'
export interface T {
  @meta.id
  id: number.int
  @db.index.plain
  @db.index.unique 'u'
  @db.column 'emoji😀'
  a: string
  @db.rel.FK
  up?: T.id
}
@db.view 'w emoji😀'
@db.view.for T
export interface W {
  a: T.a
}
