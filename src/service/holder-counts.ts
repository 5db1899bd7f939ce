/**
 * How many mailboxes of one service each caller holds: one that acquires in a loop and releases nothing is noticed, once.
 *
 * A caller is a process, or all that acts outside of processes by one principal.
 */

import type { Process } from "../kernel/process.ts"
import type { Holder } from "./holder.ts"

/** More than any caller needs: one mailbox serves as many requests as there are. */
const MANY = 1000

export class HolderCounts {
  readonly #held = new Map<Process | string, number>()
  /** Those of whom it was said. */
  readonly #noticed = new WeakSet<Process>()
  readonly #noticedPrincipals = new Set<string>()

  /** It holds one more: gives how many, where that is to be said. */
  add(holder: Holder): number | undefined {
    const key = keyOf(holder)
    const held = (this.#held.get(key) ?? 0) + 1
    this.#held.set(key, held)
    return held > MANY && this.#isNews(key) ? held : undefined
  }

  /** It holds one less. */
  delete(holder: Holder): void {
    const key = keyOf(holder)
    const held = (this.#held.get(key) ?? 0) - 1
    if (held > 0) this.#held.set(key, held)
    else this.#held.delete(key)
  }

  #isNews(key: Process | string): boolean {
    if (typeof key === "string" ? this.#noticedPrincipals.has(key) : this.#noticed.has(key)) return false
    if (typeof key === "string") this.#noticedPrincipals.add(key)
    else this.#noticed.add(key)
    return true
  }
}

function keyOf({ caller, principal }: Holder): Process | string {
  return caller ?? principal.id
}
