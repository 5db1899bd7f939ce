/** Where keys stand, in one map and in parts, judged by a map that is one. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { KeyIndex, partOf } from "../../../actors/store/key-index.ts"

type Command = { readonly type: "add" | "delete"; readonly keys: number }

/** Few at a time, and so many that it is divided and put together again. */
const command: fc.Arbitrary<Command> = fc.record({
  type: fc.constantFrom("add" as const, "delete" as const),
  keys: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 400 })),
})

class Pair {
  readonly index: KeyIndex
  readonly #most: number
  readonly model = new Map<string, number>()
  /** Whether it was ever divided. */
  wasDivided = false
  #last = 0

  constructor(mostInOne: number) {
    this.index = new KeyIndex(mostInOne)
    // So many that some parts are full and others are not.
    this.#most = 48 * mostInOne
  }

  run({ type, keys }: Command): void {
    for (let left = keys; left > 0; left -= 1) {
      if (type === "add") this.#add()
      else this.#delete(left)
      this.wasDivided ||= this.index.isDivided
    }
  }

  #add(): void {
    if (this.model.size >= this.#most) return
    this.#last += 1
    const key = `key:${this.#last}`
    this.index.add(key, this.#last)
    this.model.set(key, this.#last)
  }

  /** One of the oldest and one of the newest, in turns. */
  #delete(turn: number): void {
    const keys = [...this.model.keys()]
    const key = turn % 2 === 0 ? keys[0] : keys.at(-1)
    if (key === undefined) return
    this.index.delete(key)
    this.model.delete(key)
  }

  agree(): void {
    expect(this.index.size).toBe(this.model.size)
    for (const [key, slot] of this.model) if (this.index.get(key) !== slot) expect([key, this.index.get(key)]).toEqual([key, slot])
    for (let number = 0; number <= this.#last + 1; number += 1)
      if (!this.model.has(`key:${number}`)) expect(this.index.get(`key:${number}`)).toBe(undefined)
  }
}

describe("KeyIndex", () => {
  it("is a map from key to slot, however many there are and were", () => {
    let divided = 0
    fc.assert(
      fc.property(fc.array(command, { maxLength: 12 }), fc.constantFrom(2, 8, 64, 256), (commands, mostInOne) => {
        const pair = new Pair(mostInOne)
        for (const step of commands) {
          pair.run(step)
          pair.agree()
        }
        if (pair.wasDivided) divided += 1
      }),
      { numRuns: 60 },
    )
    expect(divided).toBeGreaterThan(10)
  })

  it("is divided by and by, and is one map again once few are left", () => {
    const index = new KeyIndex(64)
    const put = (from: number, to: number): void => {
      for (let number = from; number < to; number += 1) index.add(`key:${number}`, number)
    }
    put(0, 64)
    expect(index.isDivided).toBe(false)
    put(64, 65)
    expect([index.isDivided, index.isMoving]).toEqual([true, true])
    put(65, 128)
    expect([index.isDivided, index.isMoving]).toEqual([true, false])
    for (let number = 0; number < 127; number += 1) index.delete(`key:${number}`)
    expect([index.isDivided, index.size, index.get("key:127")]).toEqual([false, 1, 127])
  })

  it("has a key in one place: what is deleted while others are moved is gone", () => {
    const index = new KeyIndex(8)
    for (let number = 0; number < 9; number += 1) index.add(`key:${number}`, number)
    expect(index.isMoving).toBe(true)
    for (let number = 0; number < 9; number += 1) index.delete(`key:${number}`)
    expect(index.size).toBe(0)
    for (let number = 0; number < 9; number += 1) expect(index.get(`key:${number}`)).toBe(undefined)
  })

  it("has no part that is far larger than others, be keys alike at their beginning or their end", () => {
    const counts = new Map<number, number>()
    for (let number = 0; number < 6400; number += 1)
      for (const key of [`user:${number}`, `${number}:a profile of some length`, `a prefix of some length:${number}:and an end`]) {
        const part = partOf(key)
        counts.set(part, (counts.get(part) ?? 0) + 1)
      }
    expect(counts.size).toBe(64)
    expect(Math.max(...counts.values())).toBeLessThan(2 * 300)
  })
})
