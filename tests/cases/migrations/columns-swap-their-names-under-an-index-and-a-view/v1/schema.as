@db.table 't'
export interface T {
  @meta.id
  id: number.int
  @db.index.plain
  a: string
  b: string
}
@db.view 'w'
@db.view.for T
export interface VW {
  a: T.a
}
