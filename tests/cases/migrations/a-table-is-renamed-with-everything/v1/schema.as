@db.table 'old'
export interface I {
  @meta.id
  id: number.int
  @db.default.increment
  n: number.int
  @db.index.unique
  a: string
  @db.rel.FK
  up?: I.id
}
