@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.view 'w'
@db.view.for T
export interface VW {
  id: T.id
  a: T.a
}
@db.table 'r'
export interface R {
  @meta.id
  id: number.int
  w?: number.int
}
