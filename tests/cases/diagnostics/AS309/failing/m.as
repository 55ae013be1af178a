// expected at 6:21
@db.table 't'
export interface T {
  @meta.id
  id: number
  @expect.maxLength -1
  name: string
}
