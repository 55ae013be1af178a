@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.pg.type 'timestamptz'
  a: string
}
