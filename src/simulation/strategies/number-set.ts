/**
 * A set of whole numbers from 0 up to 2^53, for many of them: some 16 bytes each, and nothing is made for one that is added, where the host's own keeps an object
 * for each that is large. Nothing is ever taken out.
 *
 * Open addressing in a table of a power of two that is at most half full.
 */

const FIRST_SIZE = 1024

/** No member. */
const FREE = -1

export class NumberSet {
  #table = new Float64Array(FIRST_SIZE).fill(FREE)
  #size = 0

  get size(): number {
    return this.#size
  }

  has(member: number): boolean {
    return this.#table[this.#placeOf(member)] === member
  }

  /** One that is there already changes nothing. Gives whether it was not there. */
  add(member: number): boolean {
    const place = this.#placeOf(member)
    if (this.#table[place] === member) return false
    this.#table[place] = member
    this.#size += 1
    if (this.#size * 2 > this.#table.length) this.#grow()
    return true
  }

  /** Where it is, or would be. */
  #placeOf(member: number): number {
    const table = this.#table
    const last = table.length - 1
    let place = scattered(member) & last
    while (table[place] !== FREE && table[place] !== member) place = (place + 1) & last
    return place
  }

  #grow(): void {
    const before = this.#table
    this.#table = new Float64Array(before.length * 2).fill(FREE)
    for (const member of before) if (member !== FREE) this.#table[this.#placeOf(member)] = member
  }
}

/** By its low and its high half. */
function scattered(member: number): number {
  const mixed = Math.imul((member | 0) ^ Math.imul((member / 2 ** 32) | 0, 0x9e3779b1), 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}
