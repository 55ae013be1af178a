// expected at 6:12
@db.table 't'
export interface T {
  @meta.id
  id: number
  parent?: T
}
