/** Where keys stand, while their cells are made anew and where many have one hash, judged by a map. */

import fc from "fast-check"
import { afterEach, describe, expect, it, vi } from "vitest"
import { wholeHashOf } from "../../../actors/store/key-hash.ts"
import { KeyIndex } from "../../../actors/store/key-index.ts"
import { seeds } from "../../support/seeds.ts"

vi.mock("../../../actors/store/key-hash.ts", { spy: true })

type Command = { readonly type: "add" | "delete"; readonly keys: number }

/** Few at a time, and so many that the cells are made anew, larger and smaller. */
const command: fc.Arbitrary<Command> = fc.record({
  type: fc.constantFrom("add" as const, "delete" as const),
  keys: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 400 })),
})

class Pair {
  readonly model = new Map<string, number>()
  /** The keys by slot, as entries have them: written behind the index, and cleared behind it. */
  readonly #keys: (string | undefined)[] = []
  readonly index = new KeyIndex({ keyAt: (slot) => this.#keys[slot] })
  readonly #free: number[] = []
  /** How often its cells were made anew. */
  moves = 0
  #last = 0

  run({ type, keys }: Command): void {
    for (let left = keys; left > 0; left -= 1) {
      const before = this.index.cells
      if (type === "add") this.add(`key:${this.#last}`)
      else this.#deleteOne(left)
      if (this.index.cells !== before) this.moves += 1
    }
  }

  add(key: string): void {
    this.#last += 1
    const slot = this.#free.pop() ?? this.#keys.length
    this.index.add(key, slot)
    this.#keys[slot] = key
    this.model.set(key, slot)
  }

  delete(key: string): void {
    const slot = this.model.get(key) as number
    this.index.delete(key)
    this.#keys[slot] = undefined
    this.#free.push(slot)
    this.model.delete(key)
  }

  /** One of the oldest and one of the newest, in turns. */
  #deleteOne(turn: number): void {
    const keys = [...this.model.keys()]
    const key = turn % 2 === 0 ? keys[0] : keys.at(-1)
    if (key !== undefined) this.delete(key)
  }

  agree(): void {
    expect(this.index.size).toBe(this.model.size)
    for (const [key, slot] of this.model) if (this.index.get(key) !== slot) expect([key, this.index.get(key)]).toEqual([key, slot])
    for (let number = 0; number <= this.#last + 1; number += 1)
      if (!this.model.has(`key:${number}`)) expect(this.index.get(`key:${number}`)).toBe(undefined)
  }
}

afterEach(() => void vi.mocked(wholeHashOf).mockReset())

describe("KeyIndex", () => {
  it.each([
    ["as they come", undefined],
    ["of which many are alike", (hash: number) => hash % 37],
    ["that all lie side by side", (hash: number) => hash & 15],
    ["of which most are one", (hash: number) => (hash % 3 === 0 ? hash : 7)],
    ["below zero", (hash: number) => hash | -(2 ** 31)],
  ] as const)("is a map from key to slot, however many there are and were, with hashes %s", async (_, rule) => {
    const { wholeHashOf: hashOf } =
      await vi.importActual<typeof import("../../../actors/store/key-hash.ts")>("../../../actors/store/key-hash.ts")
    if (rule !== undefined) vi.mocked(wholeHashOf).mockImplementation((key) => rule(hashOf(key)))
    let moves = 0
    fc.assert(
      fc.property(fc.array(command, { maxLength: 12 }), (commands) => {
        const pair = new Pair()
        for (const step of commands) {
          pair.run(step)
          pair.agree()
        }
        moves += pair.moves
      }),
      seeds(40, 8),
    )
    expect(moves).toBeGreaterThan(10)
  })

  it("takes ever new keys in the place of old ones, and no more room for it", () => {
    const pair = new Pair()
    let most = 0
    for (let number = 0; number < 20_000; number += 1) {
      pair.add(`key:${number}`)
      if (number >= 500) pair.delete(`key:${number - 500}`)
      most = Math.max(most, pair.index.cells)
    }
    pair.agree()
    expect(most).toBeLessThanOrEqual(2048)
  })

  it("gives room back once few are left, and moves a few keys with each change", () => {
    const pair = new Pair()
    for (let number = 0; number < 5000; number += 1) pair.add(`key:${number}`)
    expect(pair.index.cells).toBe(8192)
    for (let number = 0; number < 4990; number += 1) pair.delete(`key:${number}`)
    expect(pair.index.cells).toBeLessThanOrEqual(128)
    while (pair.model.size > 0) {
      pair.agree()
      pair.delete([...pair.model.keys()][0] as string)
    }
    pair.agree()
  })

  it("finds all of its keys while they are moved, which ends before they would be moved again", () => {
    const pair = new Pair()
    for (let number = 0; pair.index.cells < 4096; number += 1) pair.add(`key:${number}`)
    const [first] = pair.model.keys()
    pair.delete(first as string)
    pair.delete([...pair.model.keys()].at(-1) as string)
    for (let more = 0; more < 2048 / 32; more += 1) {
      pair.agree()
      pair.add(`more:${more}`)
    }
    // Were some still to be moved, they would not be made anew.
    for (let more = 64; pair.index.cells === 4096; more += 1) pair.add(`more:${more}`)
    expect(pair.index.cells).toBe(8192)
    pair.agree()
  })

  it("moves nothing that was deleted before its turn came", () => {
    const keys: (string | undefined)[] = []
    const index = new KeyIndex({ keyAt: (slot) => keys[slot] }, 1)
    for (let slot = 0; index.cells < 4096; slot += 1) {
      index.add(`key:${slot}`, slot)
      keys[slot] = `key:${slot}`
    }
    for (let slot = keys.length - 1; slot >= 0; slot -= 1) {
      index.delete(`key:${slot}`)
      keys[slot] = undefined
    }
    // Far more than have room in the few cells that are left would have been moved, and found no place.
    expect([index.size, index.cells < 128, index.hasRoom]).toEqual([0, true, true])
  })

  it("has no place for more than so many keys that are made to meet", () => {
    vi.mocked(wholeHashOf).mockReturnValue(7)
    const keys: string[] = []
    const index = new KeyIndex({ keyAt: (slot) => keys[slot] }, 3)
    for (let slot = 0; index.hasRoom; slot += 1) {
      index.add(`key:${slot}`, slot)
      keys[slot] = `key:${slot}`
    }
    expect(keys).toHaveLength(7)
    index.delete("key:6")
    expect(index.hasRoom).toBe(true)
  })
})
