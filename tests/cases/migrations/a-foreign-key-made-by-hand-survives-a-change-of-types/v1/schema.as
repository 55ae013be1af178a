@db.table 'u'
export interface U {
  @meta.id
  id: number.int
  @db.index.unique
  code?: string
}
@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  a?: number.int
}
