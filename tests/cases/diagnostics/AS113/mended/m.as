@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.index.fulltext 'words', 1e4
  name: string
}
