@db.table 't'
export interface T {
  @meta.id
  id: number.int
  @db.pg.collate 'klingon'
  a: string
}
