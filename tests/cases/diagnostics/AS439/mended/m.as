@db.table 'seat'
export interface Seat {
  place: {
    @meta.id
    row: number
    @meta.id
    number: number
  }
}
