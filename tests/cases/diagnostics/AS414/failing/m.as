// expected at 6:3
@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.rel.FK
  place: Place.at
}
@db.table 'places'
export interface Place {
  @meta.id
  id: number
  @db.index.unique
  at: string[]
}
