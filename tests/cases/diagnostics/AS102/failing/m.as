// expected at 6:20
@db.table 't'
export interface T {
  @meta.id
  id: number
  @meta.label 'Name
  name: string
}
