@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.view 'a_w'
@db.view.for T
export interface W {
  id: T.id
}
@db.view 'b_x'
@db.view.for W
export interface X {
  id: W.id
}
