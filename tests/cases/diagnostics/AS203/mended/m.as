import { User } from './user'
@db.table 't'
export interface T {
  @meta.id
  id: number
  owner: User.id
}
