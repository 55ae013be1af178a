// expected at 7:3
@db.table 't'
export interface T {
  @meta.id
  id: number
  a_column_whose_name_is_so_long_that_no_database_server_can_keep_it_all: string
  a_column_whose_name_is_so_long_that_no_database_server_can_keep_it_whole: string
}
