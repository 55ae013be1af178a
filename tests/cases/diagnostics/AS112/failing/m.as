// expected at 7:1
@db.table 't'
export interface T {
  @meta.id
  id: number
}
export annotate T {
  @meta.label 'Number'
  id
}
