@db.table 't'
export interface I {
  @meta.id
  id: number.int
  @db.rel.FK
  a?: I.id
}
