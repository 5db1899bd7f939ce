/** Those who attend to a machine: in the order in which they came, and found by the mailbox through which they did. */

import type { Origin } from "../kernel/envelope.ts"

export class StatechartAttendance<Item> implements Iterable<Item> {
  readonly #items = new Set<Item>()
  readonly #byOrigin = new Map<Origin, Set<Item>>()

  get size(): number {
    return this.#items.size
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#items.values()
  }

  /** `origin`: `undefined` for who came through none. */
  add(item: Item, origin: Origin | undefined): void {
    this.#items.add(item)
    if (origin === undefined) return
    const others = this.#byOrigin.get(origin)
    if (others === undefined) this.#byOrigin.set(origin, new Set([item]))
    else others.add(item)
  }

  delete(item: Item, origin: Origin | undefined): void {
    this.#items.delete(item)
    if (origin === undefined) return
    const others = this.#byOrigin.get(origin)
    others?.delete(item)
    if (others?.size === 0) this.#byOrigin.delete(origin)
  }

  /** Those who came through that mailbox, as they are now. */
  of(origin: Origin): readonly Item[] {
    return [...(this.#byOrigin.get(origin) ?? [])]
  }
}
