/**
 * What says to a process that a caller has left, and tells who watches when that is read: where a process is told of it, and nowhere else.
 *
 * It stands in the place of the runtime's own, and is one by its prototype. To give that itself a getter would make a kind of object of each, which the host
 * keeps, with all that the getter reaches, until its next great collection.
 */

import type { Party } from "../../kernel/envelope.ts"
import { Detached } from "../../server/detached.ts"

export class WatchedDeparture {
  readonly incarnation: Party | undefined
  readonly #attachment: number
  readonly #read: () => void

  constructor({ attachment, incarnation }: Detached, read: () => void) {
    this.#attachment = attachment
    this.incarnation = incarnation
    this.#read = read
  }

  get attachment(): number {
    this.#read()
    return this.#attachment
  }

  static {
    Object.setPrototypeOf(WatchedDeparture.prototype, Detached.prototype)
  }
}
