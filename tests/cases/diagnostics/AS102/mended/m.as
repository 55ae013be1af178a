@db.table 't'
export interface T {
  @meta.id
  id: number
  @meta.label 'Name'
  name: string
}
