@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @expect.maxLength 3
  a: string
}
