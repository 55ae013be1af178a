@db.table 't'
export interface T {
  @meta.id
  id: number
  owner: User.name
}
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
