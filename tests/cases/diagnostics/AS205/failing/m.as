// expected at 7:6
@db.table 't'
export interface T {
  @meta.id
  id: number
}
type T = string
