// expected at 8:1
@db.table 'user'
export interface User {
  @meta.id
  id: number
}
@db.view 'known'
@db.view.for Active
export interface Known {
  id: number
}
@db.view 'active'
@db.view.for Known
export interface Active {
  id: number
}
