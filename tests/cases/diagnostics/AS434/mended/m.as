@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.rel.FK
  owner: User.id
}
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
