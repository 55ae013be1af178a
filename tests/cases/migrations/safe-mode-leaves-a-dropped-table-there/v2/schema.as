@db.table 't'
export interface IT {
  @meta.id
  id: number.int
}
@db.table 'w'
export interface IW {
  @meta.id
  id: number.int
}
