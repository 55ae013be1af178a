@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.default.uuid
  a: string
}
