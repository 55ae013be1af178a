// expected at 6:18
@db.table 't'
export interface T {
  @meta.id
  id: number
  @meta.label 'Grösse'
  size: number
}
