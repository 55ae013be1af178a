@db.table 't'
export interface T {
  @meta.id
  id: number
}
@db.table 'other'
export interface Other {
  @meta.id
  id: number
}
