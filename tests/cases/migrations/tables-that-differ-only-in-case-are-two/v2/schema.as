@db.table 't'
export interface IT {
  @meta.id
  id: number.int
  a: string
}
@db.table 'T'
export interface B {
  @meta.id
  id: number.int
  b: string
}
