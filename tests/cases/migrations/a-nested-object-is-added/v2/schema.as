@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  o?: {
  a: string
  b?: {
  c: number.int
  }
  }
}
