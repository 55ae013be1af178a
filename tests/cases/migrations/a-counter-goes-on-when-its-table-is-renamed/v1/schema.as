@db.table 'old'
export interface IOld {
  @meta.id
  @db.default.increment
  id: number.int
  a?: string
}
