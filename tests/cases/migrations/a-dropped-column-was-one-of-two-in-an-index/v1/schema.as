@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.index.plain 'ab'
  a?: string
  @db.index.plain 'ab'
  b?: string
}
