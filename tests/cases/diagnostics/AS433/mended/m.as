interface A {
  a0: string
  a1: string
  a2: string
  a3: string
  a4: string
  a5: string
  a6: string
  a7: string
  a8: string
  a9: string
  a10: string
  a11: string
  a12: string
  a13: string
  a14: string
  a15: string
  a16: string
}
interface B {
  b0: A
  b1: A
  b2: A
  b3: A
  b4: A
  b5: A
  b6: A
  b7: A
  b8: A
  b9: A
  b10: A
  b11: A
  b12: A
  b13: A
  b14: A
  b15: A
}
@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.json
  c0: B
  @db.json
  c1: B
  @db.json
  c2: B
  @db.json
  c3: B
  @db.json
  c4: B
  @db.json
  c5: B
  @db.json
  c6: B
  @db.json
  c7: B
  @db.json
  c8: B
  @db.json
  c9: B
  @db.json
  c10: B
  @db.json
  c11: B
  @db.json
  c12: B
  @db.json
  c13: B
  @db.json
  c14: B
  @db.json
  c15: B
}
