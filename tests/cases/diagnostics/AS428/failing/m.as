// expected at 2:1
@db.table 't'
export interface T {
  @meta.id
  id: number
}
@db.table 't'
export interface Other {
  @meta.id
  id: number
}
