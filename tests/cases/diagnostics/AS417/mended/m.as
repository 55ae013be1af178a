@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.rel.FK
  ownerId: User.id
  @db.rel.to
  owner?: User
}
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
