@db.table 't'
export interface T {
  @meta.id
  id: number
}
export annotate T as Labelled {
  @meta.label 'Number'
  id
}
