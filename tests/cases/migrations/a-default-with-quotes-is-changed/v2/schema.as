@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  @db.default "it's \\ 100% 'x'"
  a: string
}
