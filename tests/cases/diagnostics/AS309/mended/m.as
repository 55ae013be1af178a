@db.table 't'
export interface T {
  @meta.id
  id: number
  @expect.maxLength 100
  name: string
}
