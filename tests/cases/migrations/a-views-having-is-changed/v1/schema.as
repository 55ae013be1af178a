@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.view 'w'
@db.view.for T
@db.view.having `c > 1`
export interface VW {
  a: T.a
  @db.agg.count
  c: number
}
