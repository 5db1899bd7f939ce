/** What each step of a schedule comes of: by number, those that are told first before those that come of them. A bit for each two. */

/** No step. */
const NONE = -1

export class Reasons {
  readonly #wordsOfOne: number
  readonly #bits: Uint32Array

  /** Of so many steps. */
  constructor(length: number) {
    this.#wordsOfOne = (length + 31) >> 5
    this.#bits = new Uint32Array(length * this.#wordsOfOne)
  }

  /** It comes of those two, where they are steps, and of what they come of. */
  add(at: number, one: number, other: number): void {
    const bits = this.#bits
    const words = this.#wordsOfOne
    const row = at * words
    for (let word = 0; word < words; word += 1) {
      const ofOne = one === NONE ? 0 : (bits[one * words + word] as number)
      const ofOther = other === NONE ? 0 : (bits[other * words + word] as number)
      bits[row + word] = ofOne | ofOther
    }
    bits[row + (at >> 5)] = (bits[row + (at >> 5)] as number) | (1 << (at & 31))
  }

  /** Whether one step comes of another, or is it. */
  follows(later: number, earlier: number): boolean {
    return (((this.#bits[later * this.#wordsOfOne + (earlier >> 5)] as number) >> (earlier & 31)) & 1) === 1
  }
}
