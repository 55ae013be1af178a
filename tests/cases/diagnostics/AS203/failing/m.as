// expected at 2:22
import { User } from './usr'
@db.table 't'
export interface T {
  @meta.id
  id: number
  owner: User.id
}
