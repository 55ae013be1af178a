@db.table 'tt'
@db.schema 'crm'
@db.table.renamed 't'
export interface ITt {
  @meta.id
  id: number.int
  a: string
}
