// expected at 6:3
@db.table 'user'
export interface User {
  @meta.id
  id: number
  '': string
}
