/** What belongs to which process, so that its end costs as much as it has, and not as much as there is. */

import type { Process } from "../kernel/process.ts"

const NONE: readonly never[] = []

export class ProcessIndex<Item> {
  readonly #items = new Map<Process, Set<Item>>()

  add(process: Process, item: Item): void {
    const items = this.#items.get(process)
    if (items === undefined) this.#items.set(process, new Set([item]))
    else items.add(item)
  }

  delete(process: Process, item: Item): void {
    const items = this.#items.get(process)
    if (items === undefined) return
    items.delete(item)
    if (items.size === 0) this.#items.delete(process)
  }

  /** In the order they were added. */
  of(process: Process): Iterable<Item> {
    return this.#items.get(process) ?? NONE
  }

  countOf(process: Process): number {
    return this.#items.get(process)?.size ?? 0
  }

  /** Forgets the process and gives what it had, in the order it was added. */
  take(process: Process): readonly Item[] {
    // Every end of a process asks, and most programs have nothing of the kind.
    if (this.#items.size === 0) return NONE
    const items = this.#items.get(process)
    if (items === undefined) return NONE
    this.#items.delete(process)
    return [...items]
  }
}
