@db.table 'new'
@db.table.renamed 'old'
export interface INew {
  @meta.id
  @db.default.increment
  id: number.int
  a?: string
}
