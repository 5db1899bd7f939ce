/**
 * From key to slot: one map while there are few keys, and many parts, by a hash of the key, once there are many.
 *
 * V8's Map does all of its keys at once when it grows and when it shrinks: a million in 10 to 30 ms, in which nobody is served. That of a part is done
 * in less than one. The few keys of a small store cost no hash.
 *
 * Invariant: a key stands in one place. While the index is divided, which is done a few keys an addition, that is its part or still the first map.
 */

import { hashOfKey } from "./key-hash.ts"
import { KeyMap } from "./key-map.ts"

const MOST_IN_ONE = 2 ** 23
/** Keys in the one map before it is divided. V8's carries just as many before it would grow. */
const MOST_UNDIVIDED = 2 ** 17
/** A power of two: parts take the same room as one map then, which grows to powers of two as well. */
const PARTS = 64
/** Left of those before it is one map again: moved in one turn. */
const FEW = 1 / 32
/** Keys that an addition moves to their parts: by the time that as many more have come, all are there. */
const MOVED_AT_ONCE = 2
/** Characters at each end of a key that say which part it is in. */
const LOOKED_AT = 16

export class KeyIndex {
  readonly #mostInOne: number
  readonly #mostUndivided: number
  #first = new Map<string, number>()
  #parts: readonly KeyMap[] | undefined = undefined
  /** Those of the first that are still to be moved. */
  #moving: Iterator<readonly [string, number]> | undefined = undefined
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
    return this.#parts === undefined ? this.#first.get(key) : this.#divided(this.#parts, key)
  }

  #divided(parts: readonly KeyMap[], key: string): number | undefined {
    const slot = partOf(parts, key).get(key)
    return slot === undefined && this.#moving !== undefined ? this.#first.get(key) : slot
  }

  /** For a key that is not there. */
  add(key: string, slot: number): void {
    if (this.#parts === undefined && this.#size >= this.#mostUndivided) this.#divide()
    if (this.#parts === undefined) this.#first.set(key, slot)
    else partOf(this.#parts, key).add(key, slot)
    this.#size += 1
    if (this.#moving !== undefined) this.#moveOn()
  }

  delete(key: string): void {
    const parts = this.#parts
    const wasThere = (parts !== undefined && partOf(parts, key).delete(key)) || this.#first.delete(key)
    if (!wasThere) return
    this.#size -= 1
    if (parts !== undefined && this.#size <= this.#mostUndivided * FEW) this.#unite(parts)
  }

  #divide(): void {
    const parts = Array.from({ length: PARTS }, () => new KeyMap(this.#mostInOne))
    this.#moving = this.#first.entries()
    this.#parts = parts
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
      partOf(this.#parts, key).add(key, slot)
    }
  }

  #unite(parts: readonly KeyMap[]): void {
    const all = new Map(this.#first)
    for (const part of parts) for (const [key, slot] of part.entries()) all.set(key, slot)
    this.#first = all
    this.#parts = undefined
    this.#moving = undefined
  }
}

function partOf(parts: readonly KeyMap[], key: string): KeyMap {
  return parts[partNumber(key)] as KeyMap
}

/** The lowest bits of a hash are not its own. */
export function partNumber(key: string): number {
  return (hashOfKey(key, LOOKED_AT) >>> 3) & (PARTS - 1)
}
