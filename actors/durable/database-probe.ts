/** Finds out whether a database still answers, once something has failed. Where it does not, its incarnation ends, and another one opens it anew. */

import type { Self } from "../../src/index.ts"
import { Lost } from "./durable-turn.ts"
import type { Tenancy } from "./tenancy.ts"

/** Any key, for a look. */
const KEY = "?"

export interface ProbeOptions {
  readonly self: Pick<Self, "later">
  readonly database: Tenancy
  /** What was acknowledged may be still to be written. */
  readonly isInterval: boolean
}

export class DatabaseProbe {
  readonly #options: ProbeOptions
  #isLooking = false

  constructor(options: ProbeOptions) {
    this.#options = options
  }

  /** A commit has failed. What was acknowledged and could not be written is a crash. */
  unwritten(error: unknown): void {
    if (this.#options.isInterval) this.#lose(error)
    else this.look()
  }

  /** A reading has failed: nothing is lost by that, where the next one does not. */
  look(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    const ended = (): void => {
      this.#isLooking = false
    }
    this.#options.database.read([KEY]).then(ended, (cause) => this.#lose(cause))
  }

  #lose(error: unknown): void {
    const { database, self } = this.#options
    if (database.isAlive) self.later(new Lost(error))
  }
}
