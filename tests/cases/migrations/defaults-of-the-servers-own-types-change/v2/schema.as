@db.table 't'
export interface T {
  @meta.id
  id: number.int
  @db.pg.type 'uuid'
  @db.default 'B0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'
  b: string
  @db.pg.type 'date'
  @db.default '2024-1-2'
  d?: string
  @db.pg.type 'integer[]'
  @db.default '{1, 2}'
  e: string
  @db.pg.type 'interval'
  f: string
}
