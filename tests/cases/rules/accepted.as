// === a prop inherited twice alike
interface A { x: 'a'|'b' }
interface B { x: 'a' | 'b' }
interface C extends A, B {}

// === the id of a collection
@db.mongo.collection
@db.table 'a'
export interface A { b: string }
@db.table 'c'
export interface C {
@meta.id
id: A._id }
annotate A {
@meta.label 'x'
_id }

// === a query line that begins with a word of statements
@db.table 'order'
export interface Order {
  @meta.id
  id: number
  type: number
}
@db.view 'v'
@db.view.for Order
@db.view.filter `id = 1 and
  type = 2`
export interface V { id: Order.id }

// === entries that are called like statements
interface A { type: string, export: string, b: string }
annotate A {
@meta.label 'x'
type
@meta.label 'y'
b
export
b
}

// === quoted names in an annotate block
interface A { 'c.d': string, a: { 'e f': string } }
annotate A {
@meta.label 'x'
'c.d'
@meta.label 'y'
a.'e f'
}

// === names of all scripts
interface नाम { ชื่อ: string, l·l: number }

// === an aggregate over another name of a table
@db.table 'order'
export interface Order {
  @meta.id
  id: number
  total: number
}
type O = Order
@db.view 'v'
@db.view.for O
export interface V {
@db.agg.sum 'O.total'
sum: number }

// === a query line that begins with a field called like a keyword and an operator
@db.table 'order'
export interface Order {
  @meta.id
  id: number
  type: string
}
@db.view 'v'
@db.view.for Order
@db.view.filter `
  type in ('a') and
  type not in ('b') and
  type matches /c/ and
  type exists or
  type not exists`
export interface V { id: Order.id }

// === types that hold each other in many ways
interface A { b?: B[], c?: C[], d?: D[], e?: E[], f?: F[], g?: G[], h?: H[] }
interface B { a?: A[], c?: C[], d?: D[], e?: E[], f?: F[], g?: G[], h?: H[] }
interface C { a?: A[], b?: B[], d?: D[], e?: E[], f?: F[], g?: G[], h?: H[] }
interface D { a?: A[], b?: B[], c?: C[], e?: E[], f?: F[], g?: G[], h?: H[] }
interface E { a?: A[], b?: B[], c?: C[], d?: D[], f?: F[], g?: G[], h?: H[] }
interface F { a?: A[], b?: B[], c?: C[], d?: D[], e?: E[], g?: G[], h?: H[] }
interface G { a?: A[], b?: B[], c?: C[], d?: D[], e?: E[], f?: F[], h?: H[] }
interface H { a?: A[], b?: B[], c?: C[], d?: D[], e?: E[], f?: F[], g?: G[] }
@db.table 'order'
export interface Order {
  @meta.id
  id: number
}
