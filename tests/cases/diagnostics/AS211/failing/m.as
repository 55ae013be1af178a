// expected at 6:10
@db.table 't'
export interface T {
  @meta.id
  id: number
  place: db
}
