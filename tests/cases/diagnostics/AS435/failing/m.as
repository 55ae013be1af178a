// expected at 11:1
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
@db.view 'v'
@db.view.for User
@db.view.joins Tag, `Tag.id = User.id`
@db.view.joins Tag, `Tag.id = 1`
export interface V {
  id: User.id
}
@db.table 'tags'
export interface Tag {
  @meta.id
  id: number
}
