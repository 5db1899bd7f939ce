/**
 * Models against a naive judge that tries all orders: histories at random of operations that were answered, refused, timed out, given up, hit by a crash, or never
 * answered, of services that have forgotten meanwhile, or may have; as they came about, and with one answer that is another.
 */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  Canceled,
  failure,
  Internal,
  Invalid,
  NotFound,
  PermissionDenied,
  RateLimited,
  Timeout,
  Unavailable,
  Unknown,
} from "../../../actors/index.ts"
import { type Loss, linearizability, type Operation, oneOf, type ServiceModel } from "../../../src/simulation.ts"
import { type Forgetting, type Happened, type Move, orderOf, type Recorded } from "../../models/seats-model.ts"
import { seeds } from "../../support/seeds.ts"

// -- the service, as a user models it ----------------------------------------------------------------------------------

const MOST = 3

const seats: ServiceModel<number> = {
  init: () => 1,
  call: {
    put: (free: number) => [Math.min(free + 1, MOST), Math.min(free + 1, MOST)],
    take: (free: number) => (free === 0 ? [free, failure(new NotFound("no seat"))] : [free - 1, free - 1]),
    look: (free: number) => [free, free],
    toss: () => oneOf([0, "low"], [MOST, "high"]),
    note: "any",
  },
}
const byKey: ServiceModel<number> = { ...seats, key: (key: string) => key }

// -- histories ---------------------------------------------------------------------------------------------------------

const REFUSALS = [new Invalid("it"), new PermissionDenied("it"), new RateLimited("it")]
/** After each of these it may have come about, later too. */
const DOUBTS = [
  new Timeout("it"),
  new Canceled("it"),
  new Unavailable("it"),
  new Internal("it"),
  new Unknown("it"),
  new Error("its own"),
  "a text",
]

const operation = fc.record({
  type: fc.constant("operation" as const),
  name: fc.constantFrom<Move["name"][]>("put", "take", "take", "look", "toss"),
  key: fc.constantFrom("k", "k", "l"),
  before: fc.integer({ min: 0, max: 35 }),
  after: fc.integer({ min: 0, max: 35 }),
  fate: fc.constantFrom("answered", "answered", "answered", "answered", "refused", "doubted", "unanswered"),
  isDone: fc.boolean(),
  chance: fc.nat(20),
})
const forgetting = fc.record({
  type: fc.constant("forgetting" as const),
  keys: fc.constantFrom<Loss["keys"]>("all", "all", ["k"], ["l"]),
  leaves: fc.constantFrom<Loss["leaves"][]>("nothing", "some", "unknown"),
  chance: fc.nat(20),
})
type Plan = (typeof operation extends fc.Arbitrary<infer O> ? O : never) | (typeof forgetting extends fc.Arbitrary<infer F> ? F : never)
const plans = (maxLength: number): fc.Arbitrary<Plan[]> =>
  fc.array(fc.oneof({ weight: 5, arbitrary: operation }, { weight: 1, arbitrary: forgetting }), { minLength: 1, maxLength })

/** Things come about at 10, 20, …; no two moments are the same. */
function happened(plan: readonly Plan[], isKeyed: boolean): Happened[] {
  const free = new Map<string, number>()
  return plan.map((each, place) => {
    const at = (place + 1) * 10
    if (each.type === "forgetting") {
      const keys = isKeyed ? each.keys : "all"
      for (const key of keys === "all" ? ["k", "l"] : keys) forget(free, key, each)
      return { type: "forgetting", at, keys, leaves: each.leaves }
    }
    const key = isKeyed ? each.key : "k"
    const { name, before, after, fate, isDone, chance } = each
    const share = (place + 1) / (plan.length * 3)
    const move: Move = { name, key }
    const asked = at - before - share
    const [next, answer] = carriedOut(move, free.get(key) ?? 1, chance)
    const hasTakenEffect = fate === "answered" || (fate !== "refused" && isDone)
    if (hasTakenEffect) free.set(key, next)
    // In doubt it may be heard of before it comes about.
    const answered = fate === "unanswered" ? undefined : (fate === "answered" ? at : asked) + after + share
    return { type: "operation", move, asked, answered, fate, answer, chance }
  })
}

function forget(free: Map<string, number>, key: string, { leaves, chance }: { leaves: Loss["leaves"]; chance: number }): void {
  if (leaves === "nothing" || (leaves === "some" && chance % 2 === 0)) free.delete(key)
  if (leaves === "unknown") free.set(key, chance % (MOST + 1))
}

function carriedOut({ name }: Move, free: number, chance: number): readonly [number, Recorded["answer"]] {
  if (name === "put") return [Math.min(free + 1, MOST), Math.min(free + 1, MOST)]
  if (name === "look") return [free, free]
  if (name === "toss") return chance % 2 === 0 ? [0, "low"] : [MOST, "high"]
  return free === 0 ? [0, "NOT_FOUND"] : [free - 1, free - 1]
}

function historyOf(all: readonly Happened[]): { readonly history: readonly Operation[]; readonly lost: readonly Loss[] } {
  const history = all.flatMap((each, place) => {
    if (each.type === "forgetting") return []
    const { move, asked, answered, fate, answer, chance } = each
    const told = answer === "NOT_FOUND" ? { error: new NotFound("no seat") } : { value: answer }
    const errors = fate === "refused" ? REFUSALS : DOUBTS
    const outcome = answered === undefined ? undefined : fate === "answered" ? told : { error: errors[chance % errors.length] }
    const times = { asked, answered, askedAt: asked, answeredAt: answered }
    return [{ service: "app:seats", caller: `c${place}`, name: move.name, argument: move.key, ...times, outcome }]
  })
  return { history, lost: all.filter((each): each is Forgetting => each.type === "forgetting") }
}

const verdictOf = (all: readonly Happened[], model: ServiceModel<number>): string => {
  const { history, lost } = historyOf(all)
  return linearizability(history, model, { lost }).verdict
}

/** One that was answered was told something else. */
function falsified(all: readonly Happened[], where: number, answer: Recorded["answer"]): readonly Happened[] {
  const answered = all.filter((each) => each.type === "operation" && each.fate === "answered")
  const false_ = answered[where % answered.length]
  return all.map((each) => (each === false_ && each.type === "operation" ? { ...each, answer } : each))
}

const otherAnswer = fc.constantFrom<Recorded["answer"][]>(0, 1, 2, 3, "low", "high", "NOT_FOUND")

describe("a service that is judged by a model", () => {
  for (const [what, model, isKeyed] of [
    ["as a whole", seats, false],
    ["key by key", byKey, true],
  ] as const) {
    it(`${what}, is never said to be wrong for what came about`, () => {
      fc.assert(
        fc.property(plans(16), (plan) => {
          expect(verdictOf(happened(plan, isKeyed), model)).toBe("linearizable")
        }),
        seeds(1500, 15),
      )
    })

    it(`${what}, is said to be wrong where no order of all explains it, and nowhere else`, () => {
      const count = { violated: 0, linearizable: 0 }
      fc.assert(
        fc.property(plans(6), fc.nat(5), otherAnswer, (plan, where, answer) => {
          const all = falsified(happened(plan, isKeyed), where, answer)
          const verdict = ["k", "l"].every((key) => orderOf(all, key, 1, MOST)) ? "linearizable" : "violated"
          count[verdict] += 1
          expect(verdictOf(all, model)).toBe(verdict)
        }),
        seeds(2500, 15),
      )
      expect(Math.min(count.violated, count.linearizable)).toBeGreaterThan(200)
    })
  }

  it("has no verdict where its model throws, and says which of its functions has", () => {
    const throwing = {
      ...seats,
      call: {
        ...seats.call,
        take: (): never => {
          throw new Error("not modelled")
        },
      },
    }
    const { history } = historyOf(
      happened([{ type: "operation", name: "take", key: "k", before: 0, after: 0, fate: "answered", isDone: true, chance: 0 }], false),
    )
    expect(() => linearizability(history, throwing)).toThrow("model.call.take has thrown")
  })
})
