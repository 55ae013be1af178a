@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.default '{"a":2}'
  @db.json
  a: {
  a: number
  }
}
