@db.table 't'
export interface IT {
  @meta.id
  id: number.int
}
@db.table 'a'
export interface IA {
  @meta.id
  id: number.int
  @db.rel.FK
  z?: IZ.id
}
@db.table 'z'
export interface IZ {
  @meta.id
  id: number.int
  @db.rel.FK
  a?: IA.id
}
