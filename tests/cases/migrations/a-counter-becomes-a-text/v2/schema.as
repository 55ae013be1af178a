@db.table 't'
export interface IT {
  @meta.id
  id: string
  a?: string
}
