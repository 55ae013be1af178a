@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.view 'w'
@db.view.for T
export interface W {
  id: T.id
}
@db.table 'u'
export interface IU {
  @meta.id
  id: number.int
  @db.rel.FK
  t?: T.id
}
