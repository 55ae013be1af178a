@db.table 'new'
@db.table.renamed 'old'
export interface U {
  @meta.id
  id: number.int
}
@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  a?: number.int
}
