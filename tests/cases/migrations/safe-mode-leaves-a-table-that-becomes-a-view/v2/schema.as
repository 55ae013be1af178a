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
@db.view 'top'
@db.view.for VW
export interface Top {
  id: VW.id
}
@db.table 'v'
export interface V {
  @meta.id
  id: number.int
}
