@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @expect.maxLength 9
  a: string
}
