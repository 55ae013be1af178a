// expected at 4:3
@db.table 't'
export interface T {
  @meta.id
  @db.ignore
  id: number
}
