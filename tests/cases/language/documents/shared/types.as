export interface Address {
  street: string
  @expect.maxLength 60
  city: string
  zip?: Code
}

@expect.maxLength 10
export type Code = string
