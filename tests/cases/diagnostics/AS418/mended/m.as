@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.rel.FK
  authorId: User.id
  @db.rel.FK 'editor'
  editorId: User.id
  @db.rel.to 'editor'
  editor?: User
}
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
