@db.table 't'
export interface T {
  @meta.id
  id: number.int
  @db.index.plain 'ix'
  a: string
  c?: number
}
@db.view 'w'
@db.view.for T
@db.view.filter `T.a != 'z'`
export interface VW {
  id: T.id
  a: T.a
  c: T.c
}
