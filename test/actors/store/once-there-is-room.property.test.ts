/** Heavy writes among light ones, in whatever order they and their slices come. */

import fc from "fast-check"
import { expect, it } from "vitest"
import { entryCalls } from "../../../actors/store/entry-operations.ts"
import { SetRequest } from "../../../actors/store/set-request.ts"
import { Failure } from "../../../src/index.ts"
import { seeds } from "../../support/seeds.ts"
import { StoreTurns } from "../../support/store-turns.ts"

const MOST = 200
const KEYS = 12
const HOLDER = 7

const whenFull = fc.constantFrom("reject" as const, "lru" as const, "adaptive" as const, "soonest" as const)
const key = fc.nat(KEYS - 1)
const move = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant("light" as const), key, weight: fc.nat(3), isBound: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("heavy" as const),
      key,
      weight: fc.integer({ min: 1, max: MOST + 1 }),
      isBound: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("delete" as const), key }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("step" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leave" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("pass" as const), ms: fc.nat(300) }) },
)

it("leave the store within its limit at each moment, let go a few at a time, and the last word on each key is what is there", () => {
  fc.assert(
    fc.property(whenFull, fc.array(move, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 40 }), (policy, moves, atOnce) => {
      const store = new StoreTurns({ maxBytes: MOST, whenFull: policy })
      const { table, changes, now } = store.state
      table.room.removedAtOnce = () => atOnce
      for (let n = 0; n < MOST; n += 1) store.set(`light ${n}`, 0, 1 + 2 * n, 1)
      /** By key, what was said of it last, and what was answered; `undefined`: that it is to be gone. */
      const words = new Map<string, { value: number | undefined; isKept: boolean }>()
      let hasLeft = false
      const seen = <Result>(work: () => Result): Result => {
        const { evicted } = table.counters
        const result = work()
        expect(table.weight).toBeLessThanOrEqual(MOST)
        // In one turn: at the end of what was gathered, for the write itself, and where that needs more by now, anew; each write takes the place of one more.
        expect(table.counters.evicted - evicted).toBeLessThanOrEqual(3 * (atOnce + 1))
        return result
      }
      let value = 0
      for (const one of moves) {
        if (one.type === "step") seen(() => changes.step())
        else if (one.type === "pass") store.now += one.ms
        else if (one.type === "leave") {
          hasLeft = true
          store.state.disown(HOLDER)
        } else if (one.type === "delete") {
          seen(() => entryCalls.delete(store.state, `key ${one.key}`))
          words.set(`key ${one.key}`, { value: undefined, isKept: true })
        } else {
          value += 1
          const word = { value, isKept: false }
          const deferred = {
            reply: () => {
              word.isKept = true
              return true
            },
            fail: () => true,
          }
          const self = { requestSignal: new AbortController().signal, defer: () => deferred as never }
          const owner = one.isBound && !hasLeft ? HOLDER : 0
          const request = new SetRequest(`key ${one.key}`, value, 10_000, owner, one.weight)
          const answer = seen(() => entryCalls.set(store.state, request, self))
          if (answer === true) word.isKept = true
          if (!(answer instanceof Failure)) words.set(`key ${one.key}`, word)
        }
      }
      for (let steps = 0; !changes.isFree; steps += 1) {
        expect(steps).toBeLessThan(100 * (MOST + moves.length))
        seen(() => changes.step())
      }
      for (const [name, word] of words) {
        const slot = table.find(name, now)
        // It may have gone for others; nothing older is ever in its place, but where a later one was refused in the end.
        if (slot !== -1 && word.isKept) expect([name, table.valueAt(slot)]).toEqual([name, word.value])
      }
      // Who has left holds nothing, whenever it was written.
      const bound = Array.from({ length: table.slots }, (_, slot) => table.keyAt(slot)).filter((name) => name !== undefined)
      if (hasLeft) expect(bound.filter((name) => table.isBound(table.find(name, now)))).toEqual([])
      // Nothing is kept for anybody any more.
      expect(table.room.fits(table.size, table.weight, 0, MOST - table.weight)).toBe(true)
      expect(table.eviction?.aside ?? 0).toBe(0)
    }),
    seeds(300, 10),
  )
})
