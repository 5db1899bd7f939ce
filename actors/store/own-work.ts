/** Work of the store's own that comes to its turn as a message of its own, behind what waits or before it, and in no caller's name. */

import type { Self } from "../../src/index.ts"

export class OwnWork {
  readonly #work: () => void

  constructor(work: () => void) {
    this.#work = work
  }

  carryOut(): void {
    this.#work()
  }
}

/** Has it done in the store's turn; `false` where the incarnation has ended: the next one looks anew. May be called from outside of any turn. */
export function doLater(self: Pick<Self, "later">, work: () => void): boolean {
  try {
    self.later(new OwnWork(work))
    return true
  } catch {
    return false
  }
}
