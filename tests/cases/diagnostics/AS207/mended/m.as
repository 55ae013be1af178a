interface A extends B {
}
interface B {
}
