@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.encrypted
  secret: string
}
