@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @expect.maxLength 5
  a: string
}
