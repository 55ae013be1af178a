@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.table 'p'
export interface P {
  @meta.id
  id: number.int
  @db.rel.FK
  q?: Q.id
}
@db.table 'q'
export interface Q {
  @meta.id
  id: number.int
  @db.rel.FK
  p?: P.id
}
@db.table 'r'
export interface R {
  @meta.id
  id: number.int
  @db.rel.FK
  p?: P.id
}
