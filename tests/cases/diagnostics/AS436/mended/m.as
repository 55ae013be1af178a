@db.table 't'
export interface T {
  @meta.id
  id: number
  lines: Line[]
}
interface Line {
  @expect.array.key
  no: number
}
