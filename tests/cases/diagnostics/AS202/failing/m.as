// expected at 6:15
@db.table 't'
export interface T {
  @meta.id
  id: number
  owner: User.nme
}
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
