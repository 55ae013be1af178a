@db.table 'mytable'
@db.table.renamed 'MyTable'
export interface IMytable {
  @meta.id
  id: number.int
  @db.column.renamed 'myCol'
  mycol: string
}
