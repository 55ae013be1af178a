@db.table 't'
export interface IT {
  @meta.id
  id: number.int.int64
  a?: string
}
