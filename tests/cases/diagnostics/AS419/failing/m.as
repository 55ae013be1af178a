// expected at 6:3
@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.rel.from
  books: Book[]
}
@db.table 'books'
export interface Book {
  @meta.id
  id: number
}
