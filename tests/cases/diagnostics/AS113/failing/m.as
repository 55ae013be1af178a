// expected at 6:31
@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.index.fulltext 'words', 1e400
  name: string
}
