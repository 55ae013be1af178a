// expected at 2:1
@db.table.renamed 'old'
export interface T {
  id: number
}
