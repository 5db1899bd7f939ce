/**
 * The order in which the objects of a value were met, from 0: a reference to one that comes again is its number.
 *
 * Not here: whose copy is whose (`seen.ts`).
 */

/** Objects up to which those seen are found by looking through them, which is faster than a map. */
const MOST_LOOKED_THROUGH = 8

export class SeenOrder {
  readonly #few: object[] = []
  #many: Map<object, number> | undefined = undefined

  /** Its number, where it was met before; otherwise it has the next one from now on. */
  orderOf(value: object): number | undefined {
    if (this.#many !== undefined) return this.#among(this.#many, value)
    const at = this.#few.indexOf(value)
    if (at >= 0) return at
    this.#few.push(value)
    if (this.#few.length > MOST_LOOKED_THROUGH) this.#many = new Map(this.#few.map((object, order) => [object, order]))
    return undefined
  }

  #among(many: Map<object, number>, value: object): number | undefined {
    const order = many.get(value)
    if (order === undefined) many.set(value, many.size)
    return order
  }
}
