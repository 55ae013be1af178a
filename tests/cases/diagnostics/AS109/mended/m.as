@db.table 't'
export interface T {
  @meta.id
  id: number
  @meta.label 'a\u{1F600}'
  name: string
}
