// expected at 2:1
@db.view 'v'
@db.table 't'
export interface T {
  @meta.id
  id: number
}
