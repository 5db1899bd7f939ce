/** The real store, asked at random by several callers at once, with time, crashes and releases among it: whatever it answers is explained. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { StoreMailbox, StoreOptions } from "../../../actors/index.ts"
import { judgeStore } from "../../../actors/simulation/judge-store.ts"
import { buildRecorded, type RecordedStore } from "../../support/recorded-store.ts"
import { seeds } from "../../support/seeds.ts"

type Ask = (mailbox: StoreMailbox, seen: readonly string[]) => Promise<unknown>

const key = fc.constantFrom("a", "b", "b1")
const keys = fc.array(key, { minLength: 1, maxLength: 4 })
const value = fc.oneof(fc.nat(9), fc.constantFrom<unknown>("text", { n: [1] }, null, new Map([[1, new Date(5)]])))
const ttl = fc.constantFrom(undefined, undefined, 0.02, 0.0505, 0.3)
const lifetime = fc.record(
  {
    ttl,
    idle: fc.constantFrom(undefined, undefined, undefined, 0.03),
    jitter: fc.constantFrom(undefined, undefined, 0.5),
  },
  { requiredKeys: [] },
)
const kept = fc.tuple(lifetime, fc.constantFrom(undefined, true)).map(([said, keepTtl]) => ({ ...said, keepTtl }))
const HEAVY = "x".repeat(12_000)
const versionAt = (seen: readonly string[], place: number): string => seen[place % Math.max(seen.length, 1)] ?? "none"

const ask: fc.Arbitrary<Ask> = fc.oneof(
  fc.tuple(fc.constantFrom("get", "has", "entry", "ttl", "delete", "take", "persist"), key).map(
    ([name, one]): Ask =>
      (mailbox) =>
        mailbox[name as "get"](one),
  ),
  fc.tuple(key, value, lifetime, fc.boolean()).map(
    ([one, written, said, bound]): Ask =>
      (mailbox) =>
        mailbox.set(one, written, { ...said, bound }),
  ),
  fc.tuple(key, value, ttl).map(
    ([one, written, seconds]): Ask =>
      (mailbox) =>
        mailbox.set(one, written, seconds),
  ),
  fc.tuple(key, value, kept, fc.constantFrom("none", "absent", "version"), fc.nat(9)).map(
    ([one, written, said, condition, place]): Ask =>
      (mailbox, seen) =>
        mailbox.put(one, written, {
          ...said,
          ...(condition === "version" ? { ifVersion: versionAt(seen, place) } : { onlyIfAbsent: condition === "absent" }),
        }),
  ),
  fc.tuple(key, fc.option(value, { nil: undefined }), fc.boolean(), fc.option(kept, { nil: undefined })).map(
    ([one, written, throws, said]): Ask =>
      (mailbox) =>
        mailbox.update(
          one,
          () => {
            if (throws) throw new Error("mine")
            return written
          },
          said,
        ),
  ),
  fc.tuple(key, fc.integer({ min: -1, max: 2 }), fc.option(kept, { nil: undefined })).map(
    ([one, by, said]): Ask =>
      (mailbox) =>
        mailbox.increment(one, by, said),
  ),
  fc.tuple(key, ttl, fc.constantFrom(undefined, "nx" as const, "xx" as const, "gt" as const, "lt" as const)).map(
    ([one, seconds, when]): Ask =>
      (mailbox) =>
        mailbox.touch(one, seconds, { when: seconds === undefined ? undefined : when }),
  ),
  fc.tuple(fc.constantFrom("getMany", "deleteMany"), keys).map(
    ([name, several]): Ask =>
      (mailbox) =>
        mailbox[name as "getMany"](several),
  ),
  fc.tuple(keys, value, kept, fc.boolean()).map(
    ([several, written, said, bound]): Ask =>
      (mailbox) =>
        mailbox.setMany(
          several.map((one) => [one, written] as const),
          { ...said, bound },
        ),
  ),
  // More than a slice of them.
  fc.tuple(fc.constantFrom("set", "delete"), value).map(([what, written]): Ask => {
    const several = Array.from({ length: 300 }, (_, at) => (at === 299 ? "a" : at === 150 ? "b" : `many${at}`))
    return (mailbox) => (what === "set" ? mailbox.setMany(several.map((one) => [one, written] as const)) : mailbox.deleteMany(several))
  }),
  // More than may go for it in one turn.
  fc.tuple(fc.constantFrom("set", "put", "setMany", "transaction"), key).map(
    ([name, one]): Ask =>
      (mailbox) => {
        if (name === "setMany") return mailbox.setMany([[one, HEAVY]])
        if (name === "transaction") return mailbox.transaction([one], (tx) => tx.set(one, HEAVY))
        return mailbox[name as "set"](one, HEAVY)
      },
  ),
  fc.tuple(fc.constantFrom("", "b", "c"), fc.constantFrom(undefined, "a", "b"), fc.constantFrom(1, 2, 100)).map(
    ([prefix, after, limit]): Ask =>
      (mailbox) =>
        mailbox.list({ prefix, after, limit }),
  ),
  fc.constantFrom("", "b").map(
    (prefix): Ask =>
      (mailbox) =>
        mailbox.clear(prefix),
  ),
  fc.constantFrom("", "b").map(
    (prefix): Ask =>
      async (mailbox) => {
        for await (const { key: one } of mailbox.entries(prefix)) if (one === "c") break
      },
  ),
  fc.tuple(key, key, value, fc.boolean(), lifetime).map(
    ([one, other, written, bound, said]): Ask =>
      (mailbox) =>
        mailbox.transaction([one, other], (tx) => {
          const before = tx.get(one)
          if (tx.has(other) && before === undefined) return tx.delete(other)
          tx.set(other, before ?? written, { ...said, bound })
          return tx.get(other)
        }),
  ),
  fc.tuple(key, fc.option(value, { nil: undefined }), lifetime, fc.constantFrom(undefined, 0.1), fc.nat(2)).map(
    ([one, loaded, said, staleFor, waits]): Ask =>
      (mailbox) =>
        mailbox.getOrSet(
          one,
          async () => {
            for (let left = waits; left > 0; left -= 1) await Promise.resolve()
            return loaded
          },
          { ...said, staleFor },
        ),
  ),
  fc.tuple(key, fc.constantFrom(0.02, 0.5), fc.boolean(), fc.boolean()).map(
    ([one, seconds, wait, isReleased]): Ask =>
      async (mailbox) => {
        const lease = await mailbox.lease(one, { ttl: seconds, wait }, { timeoutMs: 40 })
        if (isReleased) await lease.release()
      },
  ),
  fc.tuple(fc.constantFrom("leaseOf", "breakLease"), key).map(
    ([name, one]): Ask =>
      (mailbox) =>
        mailbox[name as "leaseOf"](one),
  ),
)

type Move =
  | { readonly type: "ask"; readonly all: readonly (readonly [by: number, ask: Ask])[] }
  | { readonly type: "advance"; readonly ms: number }
  | { readonly type: "release"; readonly by: number }
  | { readonly type: "crash" }

const CALLERS = 3
const by = fc.nat(CALLERS - 1)

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ type: fc.constant("ask" as const), all: fc.array(fc.tuple(by, ask), { minLength: 1, maxLength: 5 }) }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.constantFrom(1, 19, 20, 30, 51, 300) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("release" as const), by }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("crash" as const) }) },
)

class Players {
  readonly #stage: RecordedStore
  readonly #isReset: boolean
  readonly #mailboxes: StoreMailbox[] = []
  readonly #work: Promise<unknown>[] = []
  #crashes = 0

  constructor(stage: RecordedStore, isReset: boolean) {
    this.#stage = stage
    this.#isReset = isReset
  }

  async play(moves: readonly Move[]): Promise<void> {
    for (let caller = 0; caller < CALLERS; caller += 1) this.#mailboxes.push(await this.#stage.acquire())
    for (const each of moves) await this.#move(each)
    await this.#stage.time.advance(10_000)
    await Promise.all(this.#work)
  }

  async #move(each: Move): Promise<void> {
    if (each.type === "ask") return this.#ask(each.all)
    if (each.type === "advance") return this.#stage.time.advance(each.ms)
    if (each.type === "crash") return this.#crash()
    await this.#mailboxes[each.by]?.release()
    this.#mailboxes[each.by] = await this.#stage.acquire()
  }

  async #ask(all: readonly (readonly [number, Ask])[]): Promise<void> {
    const seen = this.#versions()
    for (const [caller, go] of all) this.#work.push(go(this.#mailboxes[caller] as StoreMailbox, seen).catch(() => {}))
    await this.#stage.time.settle()
  }

  async #crash(): Promise<void> {
    this.#crashes += 1
    if (this.#crashes > 3) return
    if (this.#isReset) this.#stage.forgets()
    await this.#stage.crash()
  }

  #versions(): readonly string[] {
    return this.#stage.history.flatMap(({ outcome }) => {
      const given = outcome !== undefined && "value" in outcome ? outcome.value : undefined
      const version: unknown = typeof given === "object" && given !== null ? Reflect.get(given, "version") : undefined
      return typeof version === "string" ? [version] : []
    })
  }
}

async function judged(options: StoreOptions, isReset: boolean, moves: readonly Move[]): Promise<void> {
  const stage = await buildRecorded({
    store: options,
    child: { state: isReset ? "reset" : "retain", backoff: { initialMs: 0, maxMs: 0 } },
    isReal: false,
  })
  try {
    await new Players(stage, isReset).play(moves)
    const { history, lost } = stage
    const evicts = options.whenFull !== undefined && options.whenFull !== "reject"
    expect(judgeStore(history, { evicts, lost, limit: 20_000 })).toEqual({ verdict: "linearizable" })
  } finally {
    await stage.runtime.stop()
  }
}

/** Of two or three of the keys, by the values that they may have. */
const MOST_BYTES = 300

describe("a real store", () => {
  it.each<[boolean, StoreOptions]>([
    [true, {}],
    [false, {}],
    [false, { maxEntries: 2, whenFull: "reject" }],
    [true, { maxEntries: 2, whenFull: "lru" }],
    [false, { maxEntries: 3, whenFull: "soonest" }],
    [true, { maxBytes: MOST_BYTES }],
    [false, { maxBytes: MOST_BYTES, maxEntries: 3, whenFull: "lru" }],
    [true, { maxBytes: MOST_BYTES, whenFull: "soonest" }],
    [false, { maxBytes: MOST_BYTES, whenFull: "adaptive" }],
    [true, { maxBytes: 2 * HEAVY.length, whenFull: "lru" }],
  ])("is never said to be wrong (reset: %s, %o)", async (isReset, options) => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 25, size: "max" }), (moves) => judged(options, isReset, moves)),
      { ...seeds(60, 10), timeout: 10_000 },
    )
  })
})
