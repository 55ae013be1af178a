@db.table 't'
@db.sync.method 'drop'
export interface IT {
  @meta.id
  id: number.int
  a: string
}
