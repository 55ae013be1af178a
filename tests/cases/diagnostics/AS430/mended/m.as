@db.table 't'
export interface T {
  @meta.id
  id: number
  @db.column 'all_of_it'
  a_column_whose_name_is_so_long_that_no_database_server_can_keep_it_all: string
  @db.column 'whole'
  a_column_whose_name_is_so_long_that_no_database_server_can_keep_it_whole: string
}
