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
  x?: number.int
  y?: number.int
}
