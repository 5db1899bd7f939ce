/** Work of the store's own that comes to its turn as a message of its own, behind what waits or before it, and in no caller's name. */

import type { Self, ServerSelf } from "../../src/index.ts"

export class OwnWork {
  readonly #work: () => void

  constructor(work: () => void) {
    this.#work = work
  }

  carryOut(): void {
    this.#work()
  }
}

/** Has it done in turns that follow one another, whatever else waits, until it says that it is done. Only in the store's turn. */
export function doFirst(self: Pick<ServerSelf, "continue">, isDone: () => boolean): void {
  self.continue(
    new OwnWork(() => {
      if (!isDone()) doFirst(self, isDone)
    }),
  )
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
