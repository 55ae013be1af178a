@db.table 'things'
@db.mysql.engine 'MyISAM'
@db.mysql.charset 'latin1'
@db.mongo.collection
@db.mongo.capped 4096, 100
@db.table.renamed 'stuff'
export interface Thing {
  @db.column.collate 'nocase'
  @db.index.unique 'name'
  name: string
  @db.pg.type 'INET'
  @db.mysql.type 'VARBINARY(16)'
  ip?: string
  @db.mysql.unsigned
  count: number.int
  @db.column.precision 12, 3
  price: number
  @db.default.now
  made: number.timestamp
  @db.default 'new'
  state: string
  @db.column.version
  revision: number.int
  @db.search.vector 256, 'cosine'
  embedding: db.vector
  @db.encrypted
  secret?: string
  @db.ignore
  later: string
  @db.column.dimension
  region: string.char
  @db.column.measure
  port: number.int.uint16.port
  small: number.int.int8
  wide: number.int.uint32
}
