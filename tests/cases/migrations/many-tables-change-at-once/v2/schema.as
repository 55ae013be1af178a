@db.table 't0'
export interface IT0 {
  @meta.id
  id: number.int
  a?: string
  b0?: number
}
@db.table 't1'
export interface IT1 {
  @meta.id
  id: number.int
  a?: string
  b1?: number
}
@db.table 't2'
export interface IT2 {
  @meta.id
  id: number.int
  a?: string
  b2?: number
}
@db.table 't3'
export interface IT3 {
  @meta.id
  id: number.int
  a?: string
  b3?: number
}
@db.table 't4'
export interface IT4 {
  @meta.id
  id: number.int
  a?: string
  b4?: number
}
@db.table 't5'
export interface IT5 {
  @meta.id
  id: number.int
  a?: string
  b5?: number
}
