// expected at 7:3
@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.rel.FK
  @db.rel.onDelete 'setNull'
  owner: User.id
}
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
