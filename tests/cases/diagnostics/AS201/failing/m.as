// expected at 6:10
@db.table 't'
export interface T {
  @meta.id
  id: number
  owner: Usr
}
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
