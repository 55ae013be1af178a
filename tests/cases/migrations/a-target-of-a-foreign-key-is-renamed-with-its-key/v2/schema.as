@db.table 'w'
@db.table.renamed 'u'
export interface U {
  @meta.id
  @db.column.renamed 'id'
  no: number.int
}
@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.rel.FK
  a?: U.no
}
