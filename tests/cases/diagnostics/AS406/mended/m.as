@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
@db.view 'v'
@db.view.for User
@db.view.materialized
export interface V {
  id: User.id
}
