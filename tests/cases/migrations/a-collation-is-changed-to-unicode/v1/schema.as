@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.column.collate 'binary'
  a: string
}
