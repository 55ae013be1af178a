// expected at 6:17
@db.table 't'
export interface T {
  @meta.id
  id: number
  @meta.label 'a\u{110000}'
  name: string
}
