@db.table 'old'
export interface T {
  @meta.id
  id: number.int
  @db.index.plain 'ix'
  a: string
  @db.rel.FK
  u?: U.id
  gone?: string
}
@db.table 'u'
export interface U {
  @meta.id
  id: number.int
}
@db.view 'w'
@db.view.for T
export interface VW {
  id: T.id
  a: T.a
}
