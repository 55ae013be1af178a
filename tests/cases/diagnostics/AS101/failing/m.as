// expected at 6:8
@db.table 't'
export interface T {
  @meta.id
  id: number
  name string
}
