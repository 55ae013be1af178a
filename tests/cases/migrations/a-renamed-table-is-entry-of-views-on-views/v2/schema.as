@db.table 'tt'
@db.table.renamed 't'
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
}
@db.view 'x'
@db.view.for W
export interface VX {
  id: W.id
}
