@db.table 'new'
@db.table.renamed 'old'
export interface A {
  @meta.id
  id: number.int
}
