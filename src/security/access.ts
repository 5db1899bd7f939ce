/** One question to the policies, and the answers there are. */

import type { Principal } from "./principal.ts"

/** What else is known of an operation; a store's tell the `key`. */
export type Attributes = Readonly<Record<string, unknown>>

/** The question a policy decides: who, what, on what. */
export interface AccessRequest {
  readonly principal: Principal
  readonly action: string
  readonly resource: string
  /** What the operation says of itself: `{ key: "admin:1" }`. */
  readonly attributes: Attributes
}

/** `undefined`: no policy says anything. That counts as a denial once any policy is configured. */
export type Decision = "allow" | "deny" | "undefined"

/** What was decided, and by which policy; `undefined` where none did. */
export interface Ruling {
  /** `undefined`: no policy has said anything, which counts as denied once there is any. */
  readonly decision: Decision
  /** The id of the one that decided; `undefined` where none did. */
  readonly policy: string | undefined
}
