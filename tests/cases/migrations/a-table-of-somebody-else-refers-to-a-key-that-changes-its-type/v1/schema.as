@db.table 'u'
export interface U {
  @meta.id
  id: number.int
}
