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
  at: string
}
