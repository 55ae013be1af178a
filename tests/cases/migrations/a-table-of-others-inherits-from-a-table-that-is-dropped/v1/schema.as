@db.table 'o'
export interface O {
  @meta.id
  id: number.int
}
@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
}
