/** A file that has everything but an application. */

import { store } from "../../../actors/index.ts"

export const tree = { "app:store": store() }
export const takes = (_world: unknown, name: string) => ({ tree, run: () => name })
export const throws = () => {
  throw new Error("not ready")
}
export const rejects = async () => {
  throw new Error("nobody looks at this")
}
export const scenario = () => ({ tree })
