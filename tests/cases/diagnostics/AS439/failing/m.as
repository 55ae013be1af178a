// expected at 4:3
@db.table 'seat'
export interface Seat {
  @meta.id
  place: { row: number, number: number }
}
