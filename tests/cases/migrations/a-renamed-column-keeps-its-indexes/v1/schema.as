@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.index.unique 'u'
  @db.index.fulltext 'f'
  a: string
}
