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
