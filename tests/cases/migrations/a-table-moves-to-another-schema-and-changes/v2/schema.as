@db.table 't'
@db.schema 'crm'
export interface IT {
  @meta.id
  id: number.int
  a: string
  b?: boolean
  n?: number.int.int64
}
