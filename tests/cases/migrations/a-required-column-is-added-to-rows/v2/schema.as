@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  s: string
  n: number.int
  b: boolean
  j: string[]
  d: decimal
  f: number
}
