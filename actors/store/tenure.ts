/**
 * What a mailbox has at one incarnation of its store: a watch, a lease. The store says when that is over; whoever keeps it hears of it in a time
 * of its own, and asks the next incarnation.
 *
 * Invariants
 * - Nobody's code runs in the turn of whoever ends it.
 * - An end is not missed: it is looked at when the wait for it begins.
 */

export class Tenure {
  #isOver = false
  #wake: (() => void) | undefined = undefined

  /** The present incarnation knows of it. */
  begin(): void {
    this.#isOver = false
  }

  /** Does not throw. */
  end(): void {
    this.#isOver = true
    this.#wake?.()
    this.#wake = undefined
  }

  /** Resolves once it is over. Of one who waits. */
  async over(): Promise<void> {
    if (this.#isOver) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}
