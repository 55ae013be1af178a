@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.column 'title'
  name: string
}
