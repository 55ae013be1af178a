@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.rel.from 'author'
  books: Book[]
}
@db.table 'books'
export interface Book {
  @meta.id
  id: number
  @db.rel.FK 'author'
  author: T.id
  @db.rel.FK 'editor'
  editor: T.id
}
