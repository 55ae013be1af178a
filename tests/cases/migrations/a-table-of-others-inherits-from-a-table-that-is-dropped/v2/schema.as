@db.table 'o'
export interface O {
  @meta.id
  id: number.int
}
