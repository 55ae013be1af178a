@db.table 'u'
export interface U {
  @meta.id
  id: number.int
  @db.index.unique
  code?: string
}
@db.table 'old'
export interface IOld {
  @meta.id
  id: number.int
  @db.rel.FK
  a?: U.id
}
