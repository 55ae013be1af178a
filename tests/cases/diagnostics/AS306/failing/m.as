// expected at 6:22
@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.column.collate 'nocas'
  name: string
}
