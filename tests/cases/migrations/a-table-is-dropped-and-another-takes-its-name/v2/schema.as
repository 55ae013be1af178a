@db.table 'one'
@db.table.renamed 'two'
export interface B {
  @meta.id
  id: number.int
  b: string
}
