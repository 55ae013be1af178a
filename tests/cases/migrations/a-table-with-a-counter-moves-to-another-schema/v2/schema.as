@db.table 't'
@db.pg.schema 'crm'
export interface IT {
  @meta.id
  @db.default.increment
  id: number.int
  a?: string
}
