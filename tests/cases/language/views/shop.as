@db.table 'orders'
@db.schema 'sales'
export interface Order {
  @meta.id
  @db.default.increment 1000
  id: number.int.int64
  @db.column 'state_'
  state: 'open' | 'paid' | 'gone'
  total: decimal
  @db.rel.FK
  @db.rel.onDelete 'setNull'
  @db.rel.onUpdate 'cascade'
  customer?: Customer.id
  @db.rel.from
  lines: Line[]
}

@db.table
export interface Customer {
  @meta.id
  id: string
  @db.index.fulltext 'text', 5
  name: string
  @db.index.fulltext 'text'
  notes?: string
}

@db.table 'lines'
export interface Line {
  @meta.id
  @db.rel.FK
  order: Order.id
  @meta.id
  no: number.int.uint16
}

@db.view 'open_orders'
@db.view.for Order
@db.view.joins Customer, `Customer.id = Order.customer`
@db.view.filter `Order.state in ('open', 'paid') and (total >= 10.5 or Customer.name matches /^A/i) and not Customer.notes exists`
export interface OpenOrder {
  id: Order.id
  state: Order.state
  name?: Customer.name
}

@db.view 'totals'
@db.view.for Order
@db.view.materialized
@db.view.having `n > 1`
export interface Total {
  customer?: Order.customer
  @db.agg.sum 'total'
  total: decimal
  @db.agg.count
  n: number.int
}

@db.view
export interface Legacy {
  @meta.id
  id: number
}
