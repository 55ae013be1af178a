@db.table 't'
export interface T {
  @meta.id
  id: number
  name: string
  nick: string
}
