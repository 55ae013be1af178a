// expected at 12:8
@db.table 'users'
export interface User {
  @meta.id
  id: number
  name: string
}
@db.view 'v'
@db.view.for User
export interface V {
  id: User.id
  tag: Tag.id
}
@db.table 'tags'
export interface Tag {
  @meta.id
  id: number
}
