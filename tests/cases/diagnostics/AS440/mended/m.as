@db.table 'control'
export interface Control {
  @meta.id
  id: number
}
