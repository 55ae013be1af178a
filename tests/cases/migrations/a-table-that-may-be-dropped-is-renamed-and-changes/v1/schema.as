@db.table 'old'
@db.sync.method 'drop'
export interface I {
  @meta.id
  id: number.int
  a: string
}
@db.table 'u'
export interface IU {
  @meta.id
  id: number.int
  @db.rel.FK
  o?: I.id
}
