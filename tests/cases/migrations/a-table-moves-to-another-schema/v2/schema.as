@db.table 't'
@db.schema 'crm'
export interface IT {
  @meta.id
  id: number.int
  @db.index.plain
  a: string
}
