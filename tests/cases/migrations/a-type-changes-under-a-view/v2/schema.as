@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int.int64
}
@db.view 'w'
@db.view.for T
export interface VW {
  n: T.n
}
