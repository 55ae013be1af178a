// expected at 40:18
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
  c0: B
  c1: B
  c2: B
  c3: B
  c4: B
  c5: B
  c6: B
  c7: B
  c8: B
  c9: B
  c10: B
  c11: B
  c12: B
  c13: B
  c14: B
  c15: B
}
