@db.table 'user'
export interface User {
  @meta.id
  id: number
}
@db.view 'known'
@db.view.for User
export interface Known {
  id: User.id
}
@db.view 'active'
@db.view.for Known
export interface Active {
  id: Known.id
}
