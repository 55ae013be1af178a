// expected at 3:1
@db.table 't'
@db.table.preferredId.uniqueIndex 'name'
export interface T {
  @meta.id
  id: number
  @db.index.unique 'names'
  name: string
}
