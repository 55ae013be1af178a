@db.table 't'
@db.sync.method 'drop'
export interface T {
  @meta.id
  id: number.int
  a: number.int
}
@db.table 'u'
export interface IU {
  @meta.id
  id: number.int
  @db.rel.FK
  t?: T.id
}
