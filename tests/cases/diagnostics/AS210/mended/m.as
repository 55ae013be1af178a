@db.table 't'
export interface T {
  @meta.id
  id: number
  port: number.int.uint16
}
