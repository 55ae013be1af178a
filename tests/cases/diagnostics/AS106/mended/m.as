export type Deep = [[[[[[string]]]]]]
