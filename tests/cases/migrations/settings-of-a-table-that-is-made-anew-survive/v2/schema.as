@db.table 't'
@db.sync.method 'drop'
export interface T {
  @meta.id
  @db.default.increment
  id: number.int
  a: number.int
  @db.index.unique 'u'
  u: number.int
  note?: string
  @db.rel.FK
  o?: O.id
}
@db.table 'o'
export interface O {
  @meta.id
  id: number.int
}
