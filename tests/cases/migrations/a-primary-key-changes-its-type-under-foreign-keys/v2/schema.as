@db.table 'u'
export interface U {
  @meta.id
  id: number.int.int64
}
@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.rel.FK
  u: U.id
}
@db.table 's'
export interface IS {
  @meta.id
  id: number.int
  @db.rel.FK
  u?: U.id
}
