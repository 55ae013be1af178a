// expected at 16:3
@db.table 'place'
export interface Place {
  @meta.id
  country: string
  @meta.id
  city: string
}
@db.table 'user'
export interface User {
  @meta.id
  id: number
  @db.rel.FK 'place'
  country: Place.country
  @db.rel.FK 'place'
  @db.rel.onDelete 'setNull'
  city?: Place.city
}
