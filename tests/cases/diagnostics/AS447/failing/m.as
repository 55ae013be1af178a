// expected at 13:3
@db.table 'user'
export interface User {
  @meta.id
  id: number
}
@db.table 'note'
export interface Note {
  @meta.id
  id: number
  @db.rel.FK 'people'
  author: User.id
  @db.rel.FK 'people'
  reader: User.id
}
