/**
 * What an operation makes of the entry under a key: decided from what is there, and carried out by whatever keeps the entries. An operation
 * reads no clock but the moment it is given, sends nothing, and changes nothing itself.
 */

import type { PigeonholeError } from "../../src/index.ts"
import type { Lifetime } from "./lifetime.ts"
import type { Moment } from "./terms.ts"

/** An entry as an operation sees it. */
export interface Present {
  /** As readers get it. Throws where there is no room for a copy. */
  readonly value: unknown
  readonly version: string
  readonly lifetime: Lifetime
}

/** What becomes of it, and what its asker is told. A write that says no answer tells the entry it has made. */
export type Change =
  | { readonly type: "keep"; readonly answer: unknown }
  | { readonly type: "refuse"; readonly error: PigeonholeError }
  | { readonly type: "remove"; readonly answer: unknown }
  | { readonly type: "retime"; readonly lifetime: Lifetime; readonly answer: unknown }
  | {
      readonly type: "write"
      /** As `copyIn` has made it. */
      readonly value: unknown
      readonly weight: number
      readonly lifetime: Lifetime
      /** The mailbox that holds it; 0 for none; `undefined`: whoever holds it already. */
      readonly owner: number | undefined
      readonly answer?: unknown
    }

/** An operation on one key. */
export abstract class KeyRequest {
  readonly key: string
  readonly #isOurs = true

  constructor(key: string) {
    this.key = key
  }

  /** What observers are told of a change that it makes. */
  abstract readonly cause: string

  /** What throws is refused as it is: nothing has changed. */
  abstract decide(present: Present | undefined, moment: Moment): Change

  /** Whether a mailbox of ours has made it: nobody else can make one that a store takes, or change it. */
  static isOurs(request: unknown): request is KeyRequest {
    return typeof request === "object" && request !== null && #isOurs in request
  }
}
