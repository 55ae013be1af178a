@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.view 'w'
@db.view.for T
@db.view.filter `T.n <= 2 and T.a in ('x', 'z')`
export interface VW {
  id: T.id
}
