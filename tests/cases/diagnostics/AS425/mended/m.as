@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.rel.FK
  @db.rel.onDelete 'setDefault'
  @db.default '1'
  owner: User.id
}
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
