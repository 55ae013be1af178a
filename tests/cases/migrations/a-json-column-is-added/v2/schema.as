@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.json
  o?: {
  a: string
  }
  l?: string[]
}
