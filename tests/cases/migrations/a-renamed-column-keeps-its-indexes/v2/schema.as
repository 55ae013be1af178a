@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.column.renamed 'a'
  @db.index.unique 'u'
  @db.index.fulltext 'f'
  b: string
}
