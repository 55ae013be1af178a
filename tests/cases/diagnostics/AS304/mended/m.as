@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.column 'a'
  name: string
}
