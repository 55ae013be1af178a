@db.table 'u'
export interface U {
  @meta.id
  id: number.int
  @db.index.unique
  code: string
}
@db.table 't'
export interface T {
  @meta.id
  id: number.int
  @db.index.plain
  @db.rel.FK
  c: U.code
}
@db.view 'w'
@db.view.for T
@db.view.joins U, `U.code = T.c`
export interface VW {
  c: T.c
  id: U.id
}
