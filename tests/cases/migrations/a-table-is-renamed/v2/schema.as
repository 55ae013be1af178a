@db.table 'new'
@db.table.renamed 'old'
export interface INew {
  @meta.id
  id: number.int
  a: string
}
