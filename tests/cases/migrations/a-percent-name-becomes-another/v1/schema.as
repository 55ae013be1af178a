@db.table '50%'
export interface T {
  @meta.id
  id: number.int
  @db.index.plain
  @db.index.unique 'u'
  @db.column '50%'
  a: string
  @db.rel.FK
  up?: T.id
}
@db.view 'w 50%'
@db.view.for T
export interface W {
  a: T.a
}
