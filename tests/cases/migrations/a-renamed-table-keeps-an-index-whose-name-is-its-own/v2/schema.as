@db.table 'a'
export interface IA {
  @meta.id
  id: number.int
  @db.index.plain 'one'
  a: string
}
@db.table 'd'
@db.table.renamed 'c'
export interface ID {
  @meta.id
  id: number.int
  @db.index.plain 'one'
  a: string
}
