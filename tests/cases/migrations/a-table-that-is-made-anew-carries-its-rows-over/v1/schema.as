@db.table 't'
@db.sync.method 'recreate'
export interface IT {
  @meta.id
  id: number.int
  a: string
}
