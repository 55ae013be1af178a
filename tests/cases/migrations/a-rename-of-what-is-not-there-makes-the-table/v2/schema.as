@db.table 't'
export interface IT {
  @meta.id
  id: number.int
}
@db.table 'new'
@db.table.renamed 'never'
export interface INew {
  @meta.id
  id: number.int
}
