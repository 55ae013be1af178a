@db.table 'MyTable'
export interface IMytable {
  @meta.id
  id: number.int
  myCol: string
}
