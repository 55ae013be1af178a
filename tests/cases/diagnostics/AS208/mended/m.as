interface Id {
  id: string
}
interface A extends Id {
  name: string
}
