@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
