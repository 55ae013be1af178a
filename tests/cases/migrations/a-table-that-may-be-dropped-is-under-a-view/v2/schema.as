@db.table 't'
@db.sync.method 'drop'
export interface T {
  @meta.id
  id: number.int
  a: number.int
}
@db.view 'w'
@db.view.for T
export interface VW {
  id: T.id
}
