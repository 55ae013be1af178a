// expected at 7:24
@db.table 'user'
export interface User {
  @meta.id
  id: number
  @db.rel.from
  @db.rel.filter `Note.hidden = false`
  notes: Note[]
}
@db.table 'note'
export interface Note {
  @meta.id
  id: number
  @db.rel.FK
  userId: User.id
}
