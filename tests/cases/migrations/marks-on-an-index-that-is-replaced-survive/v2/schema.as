@db.table 't'
export interface T {
  @meta.id
  id: number.int
  @db.index.unique 'u'
  u: number.int
  @db.index.unique 'u'
  v: number.int
}
