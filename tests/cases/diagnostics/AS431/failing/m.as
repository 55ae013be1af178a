// expected at 6:14
interface Plain {
  id: number
}
@db.view 'v'
@db.view.for Plain
export interface V {
  id: Plain.id
}
