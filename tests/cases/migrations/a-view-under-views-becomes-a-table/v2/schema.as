@db.table 't'
export interface T {
  @meta.id
  id: number.int
  a: string
  n?: number.int
}
@db.table 'w'
export interface IW {
  @meta.id
  id: number.int
  a?: string
}
@db.table 'r'
export interface R {
  @meta.id
  id: number.int
  @db.rel.FK
  w?: IW.id
}
@db.view 'above'
@db.view.for IW
@db.view.filter `IW.id > 0`
export interface Above {
  id: IW.id
}
@db.view 'top'
@db.view.for Above
export interface Top {
  id: Above.id
}
