@db.table 'u'
export interface U {
  @meta.id
  a: number.int
  @meta.id
  b: number.int
}
@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.rel.FK 'k'
  x?: U.a
  @db.rel.FK 'k'
  y?: U.b
}
