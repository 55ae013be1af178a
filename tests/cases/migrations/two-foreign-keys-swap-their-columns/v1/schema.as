@db.table 'u'
export interface U {
  @meta.id
  id: number.int
}
@db.table 'w'
export interface W {
  @meta.id
  id: number.int
}
@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.rel.FK
  a?: U.id
  @db.rel.FK
  b?: W.id
}
