@db.table 't'
@db.table.renamed 'T'
export interface IT {
  @meta.id
  @db.default.increment
  id: number.int
  a?: string
}
