@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.table 'u'
export interface U {
  @meta.id
  id: number.int
  @db.rel.FK
  t?: T.id
  b?: string
}
@db.view 'w'
@db.view.for U
@db.view.joins T, `T.id = U.t`
export interface VW {
  id: U.id
  a?: T.a
}
