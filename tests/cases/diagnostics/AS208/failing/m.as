// expected at 3:21
type Id = string
interface A extends Id {
  name: string
}
