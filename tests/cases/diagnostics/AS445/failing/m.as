// expected at 6:3
@db.table 'note'
export interface Note {
  @meta.id
  id: number
  @db.search.vector 384
  meaning: string
}
