@db.table 't'
export interface T {
  @meta.id
  id: number
  home: { street: string }
  @db.column 'street'
  home__street: string
}
