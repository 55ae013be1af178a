@db.table 'MixedCase'
export interface T {
  @meta.id
  id: number.int
  @db.index.plain
  @db.index.unique 'u'
  @db.column 'MixedCase'
  a: string
  @db.rel.FK
  up?: T.id
}
@db.view 'w MixedCase'
@db.view.for T
export interface W {
  a: T.a
}
