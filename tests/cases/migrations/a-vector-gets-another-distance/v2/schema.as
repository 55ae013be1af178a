@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.search.vector 256, 'euclidean'
  v?: db.vector
}
