@db.table 't'
export interface T {
  @meta.id
  @db.default.increment
  id: number.int
  a: string
  @db.index.unique 'u'
  u: number.int
  note?: string
  @db.rel.FK
  o?: O.id
}
@db.table 'o'
export interface O {
  @meta.id
  @db.pg.type 'bigint'
  id: number.int
}
