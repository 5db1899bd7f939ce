/**
 * What belongs to which process, so that its end costs as much as it has, and not as much as there is.
 *
 * Most processes have one of a kind: a link, a name. It is kept as it is; a set is made for the second.
 */

import type { Process } from "../kernel/process.ts"

const NONE: readonly never[] = []

/** Told from an item by its class. */
class Several<Item> extends Set<Item> {}

export class ProcessIndex<Item> {
  readonly #items = new Map<Process, Item | Several<Item>>()

  add(process: Process, item: Item): void {
    const items = this.#items.get(process)
    if (items instanceof Several) items.add(item)
    else if (items === undefined) this.#items.set(process, item)
    else if (items !== item) this.#items.set(process, new Several([items, item]))
  }

  delete(process: Process, item: Item): void {
    const items = this.#items.get(process)
    if (items === item) this.#items.delete(process)
    if (!(items instanceof Several)) return
    items.delete(item)
    if (items.size === 0) this.#items.delete(process)
  }

  /** In the order they were added. */
  of(process: Process): Iterable<Item> {
    const items = this.#items.get(process)
    if (items instanceof Several) return items
    return items === undefined ? NONE : [items]
  }

  countOf(process: Process): number {
    const items = this.#items.get(process)
    if (items instanceof Several) return items.size
    return items === undefined ? 0 : 1
  }

  /** Forgets the process and gives what it had, in the order it was added. */
  take(process: Process): readonly Item[] {
    // Every end of a process asks, and most programs have nothing of the kind.
    if (this.#items.size === 0) return NONE
    const items = this.#items.get(process)
    if (items === undefined) return NONE
    this.#items.delete(process)
    return items instanceof Several ? [...items] : [items]
  }
}
