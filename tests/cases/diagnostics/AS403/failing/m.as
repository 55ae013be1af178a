// expected at 10:23
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
@db.view 'v'
@db.view.for User
@db.view.filter `User.nam = 'x'`
export interface V {
  id: User.id
}
