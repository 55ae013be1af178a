@db.table 'u'
export interface IU {
  @meta.id
  id: number.int
}
@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
