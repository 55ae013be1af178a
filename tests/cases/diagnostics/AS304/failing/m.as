// expected at 6:19
@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.column 'a', 'b'
  name: string
}
