/** How often keys were asked for lately, roughly: a count-min sketch of four rows with counters up to 15, all halved after ten requests an entry. */

const ROWS = 4
const MOST = 15
const REQUESTS_AN_ENTRY = 10

export class FrequencySketch {
  readonly #width: number
  readonly #rows: readonly Uint8Array[]
  readonly #period: number
  #requests = 0

  constructor(capacity: number) {
    this.#width = 2 ** Math.ceil(Math.log2(Math.max(capacity, 4) * 4))
    this.#rows = Array.from({ length: ROWS }, () => new Uint8Array(this.#width))
    this.#period = REQUESTS_AN_ENTRY * capacity
  }

  frequency(key: number): number {
    let least = MOST
    for (let row = 0; row < ROWS; row += 1) least = Math.min(least, (this.#rows[row] as Uint8Array)[this.#place(key, row)] as number)
    return least
  }

  add(key: number): void {
    for (let row = 0; row < ROWS; row += 1) {
      const counters = this.#rows[row] as Uint8Array
      const place = this.#place(key, row)
      counters[place] = Math.min((counters[place] as number) + 1, MOST)
    }
    this.#requests += 1
    if (this.#requests >= this.#period) this.#age()
  }

  #age(): void {
    for (const counters of this.#rows)
      for (let place = 0; place < counters.length; place += 1) counters[place] = (counters[place] as number) >> 1
    this.#requests >>= 1
  }

  #place(key: number, row: number): number {
    let hash = Math.imul(key + 1, 0x9e3779b1) ^ Math.imul(row + 1, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39)
    return (hash ^ (hash >>> 15)) & (this.#width - 1)
  }
}
