@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.view 'x'
@db.view.for T
export interface VX {
  id: T.id
}
