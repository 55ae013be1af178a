@db.table 'old'
export interface U {
  @meta.id
  id: number.int
}
@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.rel.FK
  a?: U.id
}
