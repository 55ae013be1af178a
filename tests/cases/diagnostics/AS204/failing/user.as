interface Address {
  street: string
}
