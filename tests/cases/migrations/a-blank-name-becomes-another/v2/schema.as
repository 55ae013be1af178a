@db.table 'a  b'
@db.table.renamed 'a b'
export interface T {
  @meta.id
  id: number.int.int64
  @db.index.plain
  @db.index.unique 'u'
  @db.column 'a  b'
  @db.column.renamed 'a b'
  a: string
  @db.rel.FK
  up?: T.id
  @db.default 'a  b'
  c: string
}
@db.view 'w a b'
@db.view.for T
@db.view.filter `T.a != 'z'`
export interface W {
  a: T.a
}
