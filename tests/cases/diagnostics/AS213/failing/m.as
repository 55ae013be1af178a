// expected at 1:1
@db.table 't'
export interface T {
  @meta.id
  id: number
}
