@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.view 'p'
@db.view.for T
export interface P {
  id: T.id
}
@db.view 'q'
@db.view.for P
export interface Q {
  id: P.id
}
