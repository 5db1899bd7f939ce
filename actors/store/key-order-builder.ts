/**
 * Makes a `KeyOrder` of a table that is there already, some slots at a time, while the table goes on changing.
 *
 * Invariants
 * - What the table adds and removes is carried out at once, wherever the cursor is: so the table only says what it does, finished or not. A slot that
 *   the cursor finds in already stays as it is, and each slot ends up right, once.
 * - It ends after as many slots as there were at the beginning, however many are added meanwhile.
 * - A call that throws has changed nothing, but for the slots that the step had already dealt with: the next goes on from there.
 */

import { KeyOrder } from "./key-order.ts"

export class KeyOrderBuilder {
  readonly #keyOf: (slot: number) => string | undefined
  readonly #order: KeyOrder
  readonly #end: number
  #cursor = 0

  /** `keyOf`: `undefined` for a slot that is free. `slots`: how many there are, free ones among them. */
  constructor(keyOf: (slot: number) => string | undefined, slots: number, mostInABlock?: number) {
    this.#keyOf = keyOf
    // It asks for keys of those alone that are in.
    this.#order = new KeyOrder(keyOf as (slot: number) => string, mostInABlock)
    this.#end = slots
  }

  /** Once all slots are in. From then on it may be told what changes, or still the builder. */
  get order(): KeyOrder | undefined {
    return this.#cursor < this.#end ? undefined : this.#order
  }

  /** Deals with so many slots at most, free ones among them; true when it is done. */
  step(budget: number): boolean {
    const to = Math.min(this.#end, this.#cursor + budget)
    while (this.#cursor < to) {
      const key = this.#keyOf(this.#cursor)
      if (key !== undefined) this.#order.add(this.#cursor, key)
      this.#cursor += 1
    }
    return this.#cursor === this.#end
  }

  /** As `KeyOrder.add`, at any time. */
  add(slot: number, key: string): void {
    this.#order.add(slot, key)
  }

  /** As `KeyOrder.remove`, at any time. */
  remove(slot: number, key: string): void {
    this.#order.remove(slot, key)
  }
}
