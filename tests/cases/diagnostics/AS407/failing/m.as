// expected at 8:1
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
@db.view.for User
export interface V {
  id: User.id
}
