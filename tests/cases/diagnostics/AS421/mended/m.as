@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.rel.via BookOwner
  books: Book[]
}
@db.table 'books'
export interface Book {
  @meta.id
  id: number
}
@db.table 'book_owners'
export interface BookOwner {
  @meta.id
  @db.rel.FK
  owner: T.id
  @meta.id
  @db.rel.FK
  book: Book.id
}
