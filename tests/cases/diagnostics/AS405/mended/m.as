@db.table 't'
@db.table.renamed 'old'
export interface T {
  @meta.id
  id: number
}
