@db.table 'u'
export interface U {
  @meta.id
  id: number.int
}
@db.table 'w'
export interface W {
  @meta.id
  id: number.int
}
@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.rel.FK
  @db.column.renamed 'b'
  a?: W.id
  @db.rel.FK
  @db.column.renamed 'a'
  b?: U.id
}
