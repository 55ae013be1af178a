// expected at 6:3
@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.rel.to
  owner?: User
}
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
