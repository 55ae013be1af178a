@db.table 'old'
export interface IOld {
  @meta.id
  id: number.int
  a: string
}
