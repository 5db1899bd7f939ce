/** By small whole numbers, as those of what is sent in a schedule, a place each. Used again for each schedule: to clear it costs no more than what was put. */

const FIRST_SIZE = 512

export class Places {
  #places = new Int32Array(FIRST_SIZE).fill(-1)
  #greatest = -1

  /** -1: nothing was put there. */
  of(number: number): number {
    return this.#places[number] ?? -1
  }

  put(number: number, place: number): void {
    if (number >= this.#places.length) this.#grow(number)
    if (number > this.#greatest) this.#greatest = number
    this.#places[number] = place
  }

  clear(): void {
    this.#places.fill(-1, 0, this.#greatest + 1)
    this.#greatest = -1
  }

  #grow(number: number): void {
    const larger = new Int32Array(Math.max(number + 1, this.#places.length * 2)).fill(-1)
    larger.set(this.#places)
    this.#places = larger
  }
}
