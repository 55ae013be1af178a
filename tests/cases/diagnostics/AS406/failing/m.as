// expected at 3:1
@db.view 'v'
@db.view.materialized
export interface V {
  id: number
}
