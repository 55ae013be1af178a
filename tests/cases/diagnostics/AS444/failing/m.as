// expected at 6:3
@db.table 'shop'
export interface Shop {
  @meta.id
  id: number
  @db.index.geo
  place: string
}
