// expected at 2:1
@db.table '__atscript_control'
export interface Control {
  @meta.id
  id: number
}
