import { Address } from './user'
@db.table 't'
export interface T {
  @meta.id
  id: number
  home: Address
}
