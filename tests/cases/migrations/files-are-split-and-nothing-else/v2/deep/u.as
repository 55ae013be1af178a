@db.table 'u'
export interface IU {
  @meta.id
  id: number.int
  b: string
}
