// expected at 2:21
interface A extends B {
}
interface B extends A {
}
