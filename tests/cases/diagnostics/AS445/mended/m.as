@db.table 'note'
export interface Note {
  @meta.id
  id: number
  @db.search.vector 384
  meaning: db.vector
}
