"""A schema in two versions whose change needs statements of most sorts."""

V1 = {
    "schema.as": """
@db.table 'users'
export interface User {
  @meta.id
  @db.default.increment
  id: number
  email: string
  points: number.int
}
@db.table 'orders'
export interface Order {
  @meta.id
  id: number.int
  @db.rel.FK
  userId?: User.id
  total: number.int
  gone?: string
}
@db.table 'old'
export interface Old {
  @meta.id
  id: number.int
}
@db.view 'totals'
@db.view.for Order
export interface Total {
  userId: Order.userId
  @db.agg.sum 'total'
  sum: number
}
"""
}
V2 = {
    "schema.as": """
@db.table 'people'
@db.table.renamed 'users'
export interface User {
  @meta.id
  @db.default.increment
  id: number
  @db.index.unique 'email'
  @db.column.renamed 'email'
  mail: string
  @db.default '0'
  points: number.int.int64
  phone: string
}
@db.table 'orders'
export interface Order {
  @meta.id
  id: number.int
  @db.rel.FK
  @db.rel.onDelete 'cascade'
  userId?: User.id
  @db.index.plain 'total'
  total: number.int.int64
}
@db.table 'added'
export interface Added {
  @meta.id
  id: number.int
  @db.rel.FK
  orderId?: Order.id
}
@db.view 'totals'
@db.view.for Order
export interface Total {
  userId: Order.userId
  @db.agg.sum 'total'
  sum: number
}
"""
}
ROWS = """
INSERT INTO users (email, points) SELECT 'user' || n, n FROM generate_series(1, 500) n;
INSERT INTO orders SELECT n, n, n, 'x' FROM generate_series(1, 500) n;
"""
