@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.pg.type 'inet'
  a: string
}
