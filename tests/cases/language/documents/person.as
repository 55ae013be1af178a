// Objects, arrays and unions, as columns and as documents.
import { Address, Code } from './shared/types'

@db.table 'people'
export interface Person {
  @meta.id
  @db.default.uuid
  id: string.uuid
  home: Address
  work?: Address
  @db.json
  raw: { a: { b: string }, list: number[] }
  history: Address[]
  contact: { kind: 'mail', to: string } | { kind: 'phone', number: string, code?: Code }
  pair: [number, string]
  nothing: void
  seen?: phantom
  mixed: string | number | null
  @db.index.geo
  at: db.geoPoint
  'quoted name': boolean
  été: string; Zed: number; _x: number; $y: number; a10: number; a2: number; aB: string; ab: string
}

annotate Person {
  @db.column 'town'
  home.city
  @db.index.plain
  work.city
}
