/**
 * A store that is slow: what is asked of it takes effect at some moment between the ask and the answer, while others ask and are answered. Whatever a
 * plain map with deadlines answers at those moments is explained.
 */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { judgeStore } from "../../../actors/simulation/judge-store.ts"
import { KeysRequest } from "../../../actors/store/batch-requests.ts"
import { CallersFunction } from "../../../actors/store/callers-function.ts"
import type { Present } from "../../../actors/store/entry-change.ts"
import { PutRequest } from "../../../actors/store/key-requests.ts"
import { type Lifetime, lifetimeFrom, NEVER } from "../../../actors/store/lifetime.ts"
import { SetRequest } from "../../../actors/store/set-request.ts"
import { type Moment, Terms } from "../../../actors/store/terms.ts"
import { type Transaction, TransactionRequest } from "../../../actors/store/transaction.ts"
import type { Operation } from "../../../src/simulation.ts"
import { seeds } from "../../support/seeds.ts"

interface Row extends Lifetime {
  readonly value: unknown
  readonly version: string
}

/** The naive store, at a moment. */
class PlainStore {
  readonly #rows = new Map<string, Row>()
  #writes = 0
  now = 0

  find(key: string): Present | undefined {
    const row = this.#rows.get(key)
    if (row === undefined || row.deadline <= this.now) return undefined
    return { value: row.value, version: row.version, lifetime: row }
  }

  put(key: string, value: unknown, lifetime: Lifetime): true {
    this.#writes += 1
    this.#rows.set(key, { ...lifetime, value, version: `${this.#writes}`.padStart(6, "0") })
    return true
  }

  remove(key: string): boolean {
    const was = this.find(key) !== undefined
    this.#rows.delete(key)
    return was
  }

  /** It is read, and lives on where it slides. */
  read(key: string): Present | undefined {
    const found = this.find(key)
    const row = this.#rows.get(key)
    if (found !== undefined && row !== undefined) this.#rows.set(key, { ...row, ...lifetimeFrom(this.now, row.idleMs, row.limit) })
    return found
  }

  get moment(): Moment {
    return { now: () => this.now, random: () => 0 }
  }
}

/** What is asked, and what it does. */
interface Act {
  readonly name: string
  readonly argument: unknown
  readonly run: (store: PlainStore) => unknown
}

const key = fc.constantFrom("a", "b")
const value = fc.nat(3)
const ms = fc.constantFrom(NEVER, NEVER, 5, 20, 40)

const act: fc.Arbitrary<() => Act> = fc.oneof(
  fc.tuple(fc.constantFrom("get", "has", "take", "delete", "ttl"), key).map(([name, one]) => () => ({
    name,
    argument: one,
    run: RUNS[name]?.(one) ?? (() => undefined),
  })),
  fc.tuple(key, value, ms).map(
    ([one, given, ttlMs]) =>
      (): Act => ({
        name: "set",
        argument: new SetRequest(one, given, ttlMs, 0, 1),
        run: (store) => store.put(one, given, lifetimeFrom(store.now, 0, store.now + ttlMs)),
      }),
  ),
  fc.tuple(key, value, ms, fc.constantFrom(0, 15)).map(([one, given, ttlMs, idleMs]) => (): Act => {
    const terms = new Terms(ttlMs, idleMs)
    const argument = new PutRequest(one, given, 1, terms, { onlyIfAbsent: false, ifVersion: undefined }, 0, "set", true)
    return { name: "put", argument, run: (store) => store.put(one, given, terms.lifetime(undefined, store.moment)) }
  }),
  fc.constant(
    (): Act => ({
      name: "getMany",
      argument: new KeysRequest(["a", "b"]),
      run: (store) => ["a", "b"].map((one) => store.read(one)?.value),
    }),
  ),
  fc.tuple(key, key, value, fc.constantFrom(undefined, 0.02)).map(([one, other, given, ttl]) => (): Act => {
    const move = (tx: Transaction<unknown>): void => tx.set(other, tx.get(one) ?? given, ttl)
    const argument = new TransactionRequest([one, other], new CallersFunction("work", move, { inContext: (work) => work }), () => 1, 0)
    return { name: "transaction", argument, run: (store) => transact(store, argument) }
  }),
)

const RUNS: Readonly<Record<string, (key: string) => Act["run"]>> = {
  get: (one) => (store) => store.read(one)?.value,
  has: (one) => (store) => store.find(one) !== undefined,
  delete: (one) => (store) => store.remove(one),
  ttl: (one) => (store) => {
    const found = store.find(one)
    return found === undefined ? undefined : (found.lifetime.deadline - store.now) / 1000
  },
  take: (one) => (store) => {
    const found = store.find(one)
    store.remove(one)
    return found?.value
  },
}

function transact(store: PlainStore, request: TransactionRequest): true {
  const { writes, reads } = request.stage((one) => store.find(one), store.moment)
  for (const one of reads) store.read(one)
  for (const [one, placement] of writes) {
    if (placement === undefined) store.remove(one)
    else store.put(one, placement.value, placement)
  }
  return true
}

/** How long after the one before; asked how long before its moment, and answered how long after it; and whether it is. */
const planned = fc.record({
  act,
  wait: fc.constantFrom(0, 0, 1, 7, 20),
  before: fc.constantFrom(0, 1, 10, 60),
  after: fc.constantFrom(0, 1, 10, 60),
  fate: fc.constantFrom("answered", "answered", "answered", "answered", "unanswered", "undone"),
})

function historyFrom(plan: readonly (typeof planned extends fc.Arbitrary<infer Value> ? Value : never)[]): Operation[] {
  const store = new PlainStore()
  let now = 100
  return plan.map(({ act: make, wait, before, after, fate }, place) => {
    now += wait
    store.now = now
    const { name, argument, run } = make()
    const given = fate === "undone" ? undefined : run(store)
    const isAnswered = fate === "answered"
    return {
      ...{ service: "app:cache", caller: `c${place}`, name, argument },
      ...{ asked: (now - before) * 1000 + place, askedAt: now - before },
      ...{ answered: isAnswered ? (now + after) * 1000 + 500 + place : undefined, answeredAt: isAnswered ? now + after : undefined },
      outcome: isAnswered ? { value: given } : undefined,
    }
  })
}

describe("a slow store", () => {
  it("is never said to be wrong", () => {
    fc.assert(
      fc.property(fc.array(planned, { maxLength: 30, size: "max" }), (plan) => {
        // Twenty at a time have many orders: it may remain undecided.
        expect(judgeStore(historyFrom(plan), { evicts: false, limit: 2000 })).not.toMatchObject({ verdict: "violated" })
      }),
      seeds(200, 8),
    )
  })
})
