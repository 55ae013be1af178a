interface Nothing {
  a: string
}
