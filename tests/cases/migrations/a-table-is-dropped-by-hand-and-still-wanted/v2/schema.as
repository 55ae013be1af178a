@db.table 't'
export interface IT {
  @meta.id
  id: number.int
}
@db.table 'u'
export interface IU {
  @meta.id
  id: number.int
  a: string
  b?: string
}
