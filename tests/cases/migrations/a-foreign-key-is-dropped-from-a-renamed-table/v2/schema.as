@db.table 'u'
export interface U {
  @meta.id
  id: number.int
  @db.index.unique
  code?: string
}
@db.table 'new'
@db.table.renamed 'old'
export interface INew {
  @meta.id
  id: number.int
  a?: number.int
}
