@db.table 'shop'
export interface Shop {
  @meta.id
  id: number
  @db.index.geo
  place: db.geoPoint
}
