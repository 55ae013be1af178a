@db.table 'user'
export interface User {
  @meta.id
  id: number
}
@db.table 'note'
export interface Note {
  @meta.id
  id: number
  @db.rel.FK 'author'
  author: User.id
  @db.rel.FK 'reader'
  reader: User.id
}
