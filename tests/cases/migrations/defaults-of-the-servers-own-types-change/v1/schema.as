@db.table 't'
export interface T {
  @meta.id
  id: number.int
  @db.pg.type 'uuid'
  @db.default 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'
  b: string
  @db.pg.type 'date'
  @db.default '2024-1-2'
  d: string
  @db.pg.type 'integer[]'
  e?: string
  @db.pg.type 'interval'
  @db.default '1 hour'
  f: string
}
