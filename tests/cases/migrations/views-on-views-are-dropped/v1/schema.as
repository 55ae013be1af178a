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
  n: T.n
}
@db.view 'x'
@db.view.for W
export interface X {
  id: W.id
  n: W.n
}
