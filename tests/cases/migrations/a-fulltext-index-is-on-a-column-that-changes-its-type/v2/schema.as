@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.index.fulltext 'f'
  @expect.maxLength 9
  a: string
}
