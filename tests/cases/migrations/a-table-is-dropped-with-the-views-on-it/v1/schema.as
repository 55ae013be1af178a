@db.table 'u'
export interface U {
  @meta.id
  id: number.int
}
@db.table 't'
export interface IT {
  @meta.id
  id: number.int
}
@db.view 'w'
@db.view.for U
export interface VW {
  id: U.id
}
