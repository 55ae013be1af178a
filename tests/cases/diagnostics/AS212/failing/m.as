// expected at 2:19
export type Odd = string & number
