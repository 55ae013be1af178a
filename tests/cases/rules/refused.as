// === a relation to several without a key: AS417
@db.table 'user'
export interface User {
@meta.id
id: number }
@db.table 'n'
export interface N {
@meta.id
id: number
@db.rel.to
users: User[] }

// === a view of what is no object: AS431
type S = string
@db.view 'v'
@db.view.for S
export interface V { a: string }

// === a join of what is no object: AS431
@db.table 'user'
export interface User {
@meta.id
id: number }
type S = string
@db.view 'v'
@db.view.for User
@db.view.joins S, `User.id = 1`
export interface V { id: User.id }

// === a junction that is no object: AS421
@db.table 'user'
export interface User {
@meta.id
id: number }
type S = string
@db.table 'n'
export interface N {
@meta.id
id: number
@db.rel.via S
users: User[] }

// === a junction that is no table: AS421
@db.table 'user'
export interface User {
@meta.id
id: number }
interface J {
@db.rel.FK
n: N.id
@db.rel.FK
u: User.id }
@db.table 'n'
export interface N {
@meta.id
id: number
@db.rel.via J
users: User[] }

// === a counter of what may be no number: AS308
@db.table 't'
export interface T {
@meta.id
id: number
@db.default.increment
a: number | null }

// === a counter of a decimal: AS308
@db.table 't'
export interface T {
@meta.id
id: number
@db.default.increment
a: decimal }

// === an encrypted value with a collation of one engine: AS411 AS411
@db.table 't'
export interface T {
@meta.id
id: number
@db.encrypted
@db.pg.collate 'C'
a: string }

// === a foreign key stored as JSON: AS437
@db.table 'user'
export interface User {
@meta.id
id: number }
@db.table 't'
export interface T {
@meta.id
id: number
@db.json
@db.rel.FK
a: User.id }

// === an annotation before an import: AS302 AS203
@db.table 't'
import { A } from './a'

// === an operator of two marks with a space between: AS111
@db.table 'order'
export interface Order {
  @meta.id
  id: number
  total: number
}
@db.view 'v'
@db.view.for Order
@db.view.filter `total > = 1`
export interface V { id: Order.id }

// === a currency that is not stored: AS427
@db.table 't'
export interface T {
@meta.id
id: number
@db.ignore
c: string
@db.amount.currency.ref 'c'
a: decimal }

// === a length beyond all: AS309
interface T {
@expect.maxLength 1e300
a: string }

// === a prop inherited twice, once optional: AS206
interface A { x: string }
interface B { x?: string }
interface C extends A, B {}

// === who extends one that extends itself: AS207 AS207
interface A extends A {}
interface B extends B {}
interface X extends A, B { y: string }

// === two circles of interfaces, one of which leads to the other: AS207 AS207 AS207 AS207
interface A extends C, B {}
interface C extends A {}
interface B extends D {}
interface D extends B {}

// === an aggregate over a type that is not read: AS401
@db.table 'order'
export interface Order {
  @meta.id
  id: number
}
@db.table 'user'
export interface User {
  @meta.id
  id: number
}
@db.view 'v'
@db.view.for Order
export interface V {
  @db.agg.sum 'User.id'
  sum: number
}

