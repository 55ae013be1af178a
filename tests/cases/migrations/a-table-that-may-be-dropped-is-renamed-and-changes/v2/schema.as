@db.table 'new'
@db.sync.method 'drop'
@db.table.renamed 'old'
export interface I {
  @meta.id
  id: number.int
  @db.column.renamed 'a'
  b: number.int
  @db.rel.FK
  up?: I.id
}
@db.table 'u'
export interface IU {
  @meta.id
  id: number.int
  @db.rel.FK
  o?: I.id
}
