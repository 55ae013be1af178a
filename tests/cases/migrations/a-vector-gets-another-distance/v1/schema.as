@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.search.vector 256, 'cosine'
  v?: db.vector
}
