@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.table 'w'
export interface IW {
  @meta.id
  id: number.int
  a?: string
}
@db.table 'r'
export interface R {
  @meta.id
  id: number.int
  @db.rel.FK
  w?: IW.id
}
