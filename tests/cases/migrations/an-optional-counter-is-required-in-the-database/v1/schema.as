@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  n?: number.int.int64
}
