@db.table 'b'
export interface IB {
  @meta.id
  id: number.int
  a?: number.int
}
