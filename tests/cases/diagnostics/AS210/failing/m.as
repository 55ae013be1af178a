// expected at 6:9
@db.table 't'
export interface T {
  @meta.id
  id: number
  port: number.int.uint17
}
