@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
}
@db.table 'u'
export interface U {
  @meta.id
  id: number.int
  @db.rel.FK
  t?: T.id
  b?: string
  n?: number.int
}
@db.view 'w'
@db.view.for U
export interface VW {
  id: U.id
  n: U.n
}
