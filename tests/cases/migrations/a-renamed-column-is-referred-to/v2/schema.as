@db.table 'u'
export interface U {
  @meta.id
  id: number.int
  @db.index.unique
  @db.column.renamed 'code'
  sign: string
}
@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.rel.FK
  c: U.sign
}
