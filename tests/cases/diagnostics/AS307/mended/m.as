@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.default 'b'
  name: string
}
