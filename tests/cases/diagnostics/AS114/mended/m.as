@db.table 'user'
export interface User {
  @meta.id
  id: number
  'name': string
}
