// expected at 5:3
@db.table 't'
export interface T {
  @meta.id
  @db.ignore
  id: number
}
