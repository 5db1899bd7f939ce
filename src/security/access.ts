/** One question to the policies, and the answers there are. */

import type { Principal } from "./principal.ts"

export type Attributes = Readonly<Record<string, unknown>>

export interface AccessRequest {
  readonly principal: Principal
  readonly action: string
  readonly resource: string
  readonly attributes: Attributes
}

/** `undefined`: no policy says anything. That counts as a denial once any policy is configured. */
export type Decision = "allow" | "deny" | "undefined"
