/**
 * From key to slot: one map while there are few keys, and many parts, by a hash of the key, once there are many.
 *
 * V8's Map moves all of its keys at once when it grows and when it shrinks: a million in 10 to 30 ms, in which nobody is served. Those of a part take
 * less than one. The few keys of a small store cost no hash.
 *
 * Invariants
 * - A key stands in one map. While the index is divided, a few keys an addition, that is its part or still the first map; and where a part is full, which
 *   takes keys that are alike at both ends, the next one that is not.
 * - V8's Map takes 2^24 entries, and deleted ones count until it is tidied up; so one that holds more than half of that can refuse a new key though
 *   others went. Each is at most half full.
 */

import { hashOfKey } from "./key-hash.ts"

const MOST_IN_ONE = 2 ** 23
/** Keys in the one map before it is divided. V8's carries just as many before it would grow. */
const MOST_UNDIVIDED = 2 ** 17
/** A power of two: parts take the same room as one map then, which grows to powers of two as well. */
const PARTS = 64
/** A hash of 32 bits is shifted so far: as many of its highest bits are left as number the parts. */
const PART_SHIFT = Math.clz32(PARTS - 1)
/** Of those before it was divided: so few left that they become one map again in one turn. */
const FEW = 1 / 32
/** Keys that an addition moves to their parts: by the time that as many more have come, all are there. */
const MOVED_AT_ONCE = 2

type Slots = Map<string, number>

export class KeyIndex {
  readonly #mostInOne: number
  readonly #mostUndivided: number
  #first: Slots = new Map()
  #parts: readonly Slots[] | undefined = undefined
  /** Those of the first that are still to be moved. */
  #moving: Iterator<readonly [string, number]> | undefined = undefined
  /** Whether a part was full, and its keys may stand in others. */
  #isSpilled = false
  #size = 0

  /** `mostInOne`: keys in one map; smaller in tests. */
  constructor(mostInOne = MOST_IN_ONE) {
    this.#mostInOne = mostInOne
    this.#mostUndivided = Math.min(mostInOne, MOST_UNDIVIDED)
  }

  get size(): number {
    return this.#size
  }

  get isDivided(): boolean {
    return this.#parts !== undefined
  }

  /** Whether it is divided, and some keys are not in their parts yet. */
  get isMoving(): boolean {
    return this.#moving !== undefined
  }

  get(key: string): number | undefined {
    return this.#parts === undefined ? this.#first.get(key) : this.#mapWith(this.#parts, key).get(key)
  }

  /** For a key that is not there. */
  add(key: string, slot: number): void {
    if (this.#parts === undefined && this.#size >= this.#mostUndivided) this.#divide()
    if (this.#parts === undefined) this.#first.set(key, slot)
    else this.#put(this.#parts, key, slot)
    this.#size += 1
    if (this.#moving !== undefined) this.#moveOn()
  }

  delete(key: string): void {
    const parts = this.#parts
    if (!(parts === undefined ? this.#first : this.#mapWith(parts, key)).delete(key)) return
    this.#size -= 1
    if (parts !== undefined && this.#size <= this.#mostUndivided * FEW) this.#unite(parts)
  }

  /** Where a key stands, or would stand. */
  #mapWith(parts: readonly Slots[], key: string): Slots {
    const part = parts[partOf(key)] as Slots
    if ((this.#moving === undefined && !this.#isSpilled) || part.has(key)) return part
    return this.#first.has(key) ? this.#first : (parts.find((other) => other.has(key)) ?? part)
  }

  /** There is room in one of them: a table holds fewer entries than all would. */
  #put(parts: readonly Slots[], key: string, slot: number): void {
    let part = partOf(key)
    for (; (parts[part] as Slots).size >= this.#mostInOne; part = (part + 1) % PARTS) this.#isSpilled = true
    parts[part]?.set(key, slot)
  }

  #divide(): void {
    this.#moving = this.#first.entries()
    this.#parts = Array.from({ length: PARTS }, () => new Map())
  }

  #moveOn(): void {
    for (let left = MOVED_AT_ONCE; left > 0; left -= 1) {
      const next = this.#moving?.next()
      if (this.#parts === undefined || next === undefined) return
      if (next.done === true) {
        this.#moving = undefined
        return
      }
      const [key, slot] = next.value
      this.#first.delete(key)
      this.#put(this.#parts, key, slot)
    }
  }

  #unite(parts: readonly Slots[]): void {
    const all = new Map(this.#first)
    for (const part of parts) for (const [key, slot] of part) all.set(key, slot)
    this.#first = all
    this.#parts = undefined
    this.#moving = undefined
    this.#isSpilled = false
  }
}

/** The number of a key's part: by the highest bits of its hash, as the lowest are not its own. */
export function partOf(key: string): number {
  return hashOfKey(key) >>> PART_SHIFT
}
