/** One caller, one operation after the other, so that there is one order: a judge of stores finds each answer that is falsified. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { StoreMailbox } from "../../../actors/index.ts"
import { judgeStore } from "../../../actors/simulation/judge-store.ts"
import type { Operation } from "../../../src/simulation.ts"
import { buildRecorded } from "../../support/recorded-store.ts"
import { seeds } from "../../support/seeds.ts"

type Ask = (mailbox: StoreMailbox) => Promise<unknown>

const key = fc.constantFrom("a", "b")
const ttl = fc.constantFrom(undefined, 0.02, 0.3)

const ask: fc.Arbitrary<Ask> = fc.oneof(
  fc.tuple(fc.constantFrom("get", "has", "delete", "take", "persist", "ttl", "entry"), key).map(
    ([name, one]): Ask =>
      (mailbox) =>
        mailbox[name as "get"](one),
  ),
  fc.tuple(key, fc.nat(9), ttl, fc.constantFrom(undefined, 0.05)).map(
    ([one, value, seconds, idle]): Ask =>
      (mailbox) =>
        mailbox.set(one, value, { ttl: seconds, idle }),
  ),
  fc.tuple(key, ttl).map(
    ([one, seconds]): Ask =>
      (mailbox) =>
        mailbox.increment(one, 1, { ttl: seconds, keepTtl: true }),
  ),
  fc.tuple(key, ttl, fc.constantFrom("nx" as const, "xx" as const, "gt" as const, "lt" as const)).map(
    ([one, seconds, when]): Ask =>
      (mailbox) =>
        mailbox.touch(one, seconds, { when: seconds === undefined ? undefined : when }),
  ),
  fc.constant<Ask>((mailbox) => mailbox.getMany(["a", "b"])),
  fc.constant<Ask>((mailbox) => mailbox.deleteMany(["a", "b"])),
)

const move = fc.oneof({ weight: 4, arbitrary: ask }, { weight: 1, arbitrary: fc.constantFrom(1, 19, 20, 31, 50, 300) })

/** Another answer of the same sort. */
function other(value: unknown): unknown {
  if (typeof value === "boolean") return !value
  if (typeof value === "number") return value === Number.POSITIVE_INFINITY ? 1 : value + 1
  if (Array.isArray(value)) return [other(value[0]), ...value.slice(1)]
  if (typeof value !== "object" || value === null) return 77
  return { ...value, value: other(Reflect.get(value, "value")) }
}

async function recorded(moves: readonly (Ask | number)[]): Promise<readonly Operation[]> {
  const { cache, history, runtime, time } = await buildRecorded()
  try {
    for (const each of moves) {
      if (typeof each === "number") await time.advance(each)
      else await each(cache)
    }
    return history
  } finally {
    await runtime.stop()
  }
}

describe("a falsified answer", () => {
  it("is found, whichever it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 16, size: "max" }), fc.nat(15), async (moves, place) => {
        const history = await recorded(moves)
        expect(judgeStore(history, { evicts: false })).toEqual({ verdict: "linearizable" })
        // Whoever sets is told `true`, and nothing else is possible.
        const judged = history.filter(({ outcome }) => outcome !== undefined && "value" in outcome)
        const chosen = judged[place % Math.max(judged.length, 1)]
        if (chosen === undefined) return
        const { outcome } = chosen as { readonly outcome: { readonly value: unknown } }
        const falsified = history.map((each) => (each === chosen ? { ...each, outcome: { value: other(outcome.value) } } : each))
        expect(judgeStore(falsified, { evicts: false }).verdict).toBe("violated")
      }),
      { ...seeds(150, 12), timeout: 10_000 },
    )
  })
})
