@db.table 'u'
export interface U {
  @meta.id
  id: number.int
}
@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.rel.FK
  u: U.id
}
