@db.table 't'
export interface T {
  @meta.id
  id: number.int
  @db.column.renamed 'a'
  b: string
}
@db.view 'w'
@db.view.for T
export interface VW {
  b: T.b
}
