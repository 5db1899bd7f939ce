/** A write for which others go a few at a time comes to what it would have come to had they gone at once, whatever time that takes. */

import fc from "fast-check"
import { expect, it } from "vitest"
import { readEntries } from "../../../actors/store/batch-input.ts"
import { batchCalls } from "../../../actors/store/batch-operations.ts"
import { SetManyRequest } from "../../../actors/store/batch-requests.ts"
import { CallersFunction } from "../../../actors/store/callers-function.ts"
import { entryCalls } from "../../../actors/store/entry-operations.ts"
import { SetRequest } from "../../../actors/store/set-request.ts"
import { type Transaction, TransactionRequest } from "../../../actors/store/transaction.ts"
import { transactionCalls } from "../../../actors/store/transaction-operations.ts"
import { Failure, type ServerSelf } from "../../../src/index.ts"
import { seeds } from "../../support/seeds.ts"
import { idleSelf, StoreTurns } from "../../support/store-turns.ts"

const MOST = 100
const KEYS = 8
const HOLDER = 7

const weigh = (_key: string, value: unknown): number => value as number
const whenFull = fc.constantFrom("reject" as const, "lru" as const, "adaptive" as const, "soonest" as const)
const name = fc.nat(KEYS - 1).map((index) => `key ${index}`)
const weight = fc.oneof({ weight: 2, arbitrary: fc.nat(3) }, fc.integer({ min: 1, max: MOST + 1 }))
const ttlMs = fc.integer({ min: 1, max: 400 })
const entry = fc.record({ key: name, weight, ttlMs, isBound: fc.boolean() })
const move = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("set" as const), entry }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("setMany" as const), entries: fc.array(entry, { minLength: 1, maxLength: 4 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("transaction" as const),
      entries: fc.array(entry, { minLength: 1, maxLength: 3 }),
      read: name,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("get" as const), key: name }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("delete" as const), key: name }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leave" as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("pass" as const), ms: fc.nat(300) }) },
)
type Move = typeof move extends fc.Arbitrary<infer Of> ? Of : never

/** A store full of what is light, all that its watchers are told, and its answers. */
class Filled {
  readonly store: StoreTurns
  readonly told: string[] = []
  readonly #answers: unknown[] = []
  readonly #self: ServerSelf

  constructor(policy: "reject" | "lru" | "adaptive" | "soonest", atOnce: number) {
    const answer = (answer: unknown): boolean => this.#answers.push(answer) > 0
    const defer = (): never => ({ reply: answer, fail: (error: unknown) => answer(String(error)) }) as never
    this.store = new StoreTurns({ maxBytes: MOST, whenFull: policy }, { defer })
    this.#self = idleSelf({ defer }) as ServerSelf
    const { state } = this.store
    state.table.room.removedAtOnce = () => atOnce
    for (let n = 0; n < MOST; n += 1) this.store.set(`light ${n}`, 0, 1 + 3 * n, 1)
    state.observers.add({
      changing: () => {},
      written: (slot, cause) => void this.told.push(`${state.table.keyAt(slot)} ${cause}`),
      // Each turn removes a little of what is over anyway.
      removed: (key, removal, cause) => void (removal === "expire" || cause === "detached" || this.told.push(`${key} ${removal} ${cause}`)),
    })
  }

  /** What readers would find, of all keys. */
  get present(): readonly unknown[] {
    const { table, now } = this.store.state
    const slots = Array.from({ length: table.slots }, (_, slot) => table.keyAt(slot) ?? "").map((key) => table.find(key, now))
    return slots
      .filter((slot) => slot >= 0)
      .map((slot) => [table.keyAt(slot), table.valueAt(slot), table.lifetimeAt(slot).deadline])
      .sort()
  }

  /** What the store answers once all is done; `tookMs`: how long each turn takes after the first. */
  move(one: Move, tookMs: number): unknown {
    const { store } = this
    const before = store.now
    const answer = this.#asked(one)
    for (let turns = 0; store.goOn(); turns += 1) {
      expect(turns).toBeLessThan(10 * MOST)
      store.now += tookMs
      expect(store.state.table.weight).toBeLessThanOrEqual(MOST)
    }
    store.now = before
    const [later] = this.#answers.splice(0)
    return answer instanceof Failure ? String(answer.error) : (later ?? answer)
  }

  #asked(one: Move): unknown {
    const { store } = this
    const { state } = store
    switch (one.type) {
      case "set": {
        const { key, weight, ttlMs, isBound } = one.entry
        return entryCalls.set(state, new SetRequest(key, weight, ttlMs, isBound ? HOLDER : 0, weight))
      }
      case "setMany": {
        const entries = one.entries.map(({ key, weight, ttlMs }) => [key, weight, ttlMs / 1000] as const)
        return batchCalls.setMany(state, new SetManyRequest(readEntries(entries, undefined, { id: HOLDER, weigh })), this.#self)
      }
      case "transaction": {
        const keys = [...new Set([...one.entries.map(({ key }) => key), one.read])]
        const request = new TransactionRequest(
          keys,
          new CallersFunction<[Transaction<unknown>]>(
            "work",
            (tx: Transaction<unknown>) => {
              tx.get(one.read)
              for (const { key, weight, ttlMs } of one.entries) tx.set(key, weight, ttlMs / 1000)
            },
            { inContext: (callback) => callback },
          ),
          weigh,
          HOLDER,
        )
        return transactionCalls.transaction(state, request)
      }
      case "get":
        return entryCalls.get(state, one.key)
      case "delete":
        return entryCalls.delete(state, one.key)
      case "leave":
        return state.disown(HOLDER)
      case "pass":
        return undefined
    }
  }
}

it("a write that takes many turns does what one that takes one does", () => {
  fc.assert(
    fc.property(
      whenFull,
      fc.array(move, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(0, 1, 50),
      (policy, moves, atOnce, tookMs) => {
        const slow = new Filled(policy, atOnce)
        const quick = new Filled(policy, Number.POSITIVE_INFINITY)
        for (const one of moves) {
          // Entries of a batch are each a step of their own.
          expect(slow.move(one, one.type === "setMany" ? 0 : tookMs)).toEqual(quick.move(one, 0))
          if (one.type === "pass") for (const { store } of [slow, quick]) store.now += one.ms
          expect(slow.told.splice(0)).toEqual(quick.told.splice(0))
        }
        const { table } = slow.store.state
        const { expired: _, ...counters } = table.counters
        expect(counters).toEqual({ ...quick.store.state.table.counters, expired: undefined })
        expect(slow.present).toEqual(quick.present)
        expect([table.room.hasShortage, table.eviction?.aside ?? 0]).toEqual([false, 0])
        expect(table.room.fits(table.size, table.weight, 0, MOST - table.weight)).toBe(true)
      },
    ),
    seeds(300, 10),
  )
})
