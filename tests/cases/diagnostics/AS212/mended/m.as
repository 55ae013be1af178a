export type Both = string.email & string.required
