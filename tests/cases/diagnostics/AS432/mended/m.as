@db.table 't'
@db.table.preferredId.uniqueIndex 'names'
export interface T {
  @meta.id
  id: number
  @db.index.unique 'names'
  name: string
}
