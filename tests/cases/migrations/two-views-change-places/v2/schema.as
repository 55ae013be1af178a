@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.view 'x'
@db.view.for T
export interface X {
  id: T.id
  n: T.n
}
@db.view 'w'
@db.view.for X
export interface W {
  id: X.id
  n: X.n
}
