@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.index.unique 'ab'
  a?: string
  @db.index.unique 'ab'
  b?: string
}
