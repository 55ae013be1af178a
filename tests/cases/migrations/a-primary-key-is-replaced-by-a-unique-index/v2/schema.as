@db.table 'u'
export interface U {
  id: number.int
  @meta.id
  code: string
}
@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.rel.FK
  u: U.code
}
