// expected at 7:3
@db.table 't'
export interface T {
  @meta.id
  id: number
  name: string
  name: string
}
