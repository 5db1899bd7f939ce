/** Histories at random: what came about one by one is always explained, and what was falsified is found where a search over all orders finds it. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { linearizability, type Operation, type ServiceModel } from "../../../src/simulation.ts"
import { type Done, doneFrom, hasOrder } from "../../models/brute-order.ts"
import { seeds } from "../../support/seeds.ts"

interface Call {
  readonly name: "get" | "set" | "add" | "swap"
  readonly key: string
  readonly value: number
}

type State = ReadonlyMap<string, number>

/** The naive service. */
function apply(state: State, { name, key, value }: Call): readonly [State, number | undefined] {
  const before = state.get(key)
  if (name === "get") return [state, before]
  const after = name === "add" ? (before ?? 0) + value : value
  return [new Map(state).set(key, after), name === "swap" ? before : after]
}

const one = ({ name, value }: Call, before: number | undefined): readonly [number | undefined, number | undefined] => {
  const [state, reply] = apply(before === undefined ? new Map() : new Map([["", before]]), { name, key: "", value })
  return [state.get(""), reply]
}

const byKey: ServiceModel<number | undefined> = {
  init: () => undefined,
  key: ({ key }: Call) => key,
  call: Object.fromEntries(
    (["get", "set", "add", "swap"] as const).map((name) => [name, (state: number | undefined, call: Call) => one(call, state)]),
  ),
}

const whole: ServiceModel<State> = {
  init: () => new Map(),
  call: Object.fromEntries(
    (["get", "set", "add", "swap"] as const).map((name) => [name, (state: State, call: Call) => apply(state, call)]),
  ),
}

const call: fc.Arbitrary<Call> = fc.record({
  name: fc.constantFrom("get", "get", "set", "add", "swap"),
  key: fc.constantFrom("k", "k", "l"),
  value: fc.integer({ min: 1, max: 3 }),
})

/** Who asks how long before its moment, is answered how long after it, and whether it is never answered, or has never come about. */
const planned = fc.record({
  call,
  before: fc.integer({ min: 0, max: 35 }),
  after: fc.integer({ min: 0, max: 35 }),
  fate: fc.constantFrom("answered", "answered", "answered", "answered", "unanswered", "undone"),
})

function historyOf(all: readonly Done<Call>[]): Operation[] {
  return all.map(({ call: { name, ...rest }, asked, answered, reply }, place) => ({
    ...{ service: "app:it", caller: `c${place}`, name, argument: { name, ...rest }, asked, answered, askedAt: asked, answeredAt: answered },
    outcome: answered === undefined ? undefined : { value: reply },
  }))
}

const verdictsOf = (all: readonly Done<Call>[]): readonly string[] => [
  linearizability(historyOf(all), byKey).verdict,
  linearizability(historyOf(all), whole).verdict,
]

describe("a history at random", () => {
  it("is linearizable where all came about one by one", () => {
    fc.assert(
      fc.property(fc.array(planned, { maxLength: 24 }), (plan) => {
        expect(verdictsOf(doneFrom(plan, new Map(), apply))).toEqual(["linearizable", "linearizable"])
      }),
      seeds(400, 15),
    )
  })

  it("is violated where no order of all explains it, and nowhere else", () => {
    let violated = 0
    fc.assert(
      fc.property(
        fc.array(planned, { minLength: 1, maxLength: 6 }),
        fc.nat(5),
        fc.constantFrom(undefined, 0, 1, 2, 3, 4, 5),
        (plan, where, reply) => {
          const honest = doneFrom(plan, new Map(), apply)
          const all = honest.map((each, place) => (place === where % honest.length ? { ...each, reply } : each))
          const expected = hasOrder<State, Call>(all, new Map(), apply) ? "linearizable" : "violated"
          if (expected === "violated") violated += 1
          expect(verdictsOf(all)).toEqual([expected, expected])
        },
      ),
      seeds(1500, 15),
    )
    expect(violated).toBeGreaterThan(100)
  })

  it("that is violated is explained by an answer without which all that was answered before is explained", () => {
    fc.assert(
      fc.property(fc.array(planned, { minLength: 1, maxLength: 12 }), fc.nat(11), fc.integer({ min: 0, max: 9 }), (plan, where, reply) => {
        const honest = doneFrom(plan, new Map(), apply)
        const all = honest.map((each, place) => (place === where % honest.length ? { ...each, reply } : each))
        const { verdict, why = "" } = linearizability(historyOf(all), byKey)
        if (verdict !== "violated") return
        const [, culprit] = /^c(\d+)'s /.exec(why) ?? []
        const { answered = 0 } = all[Number(culprit)] as Done<Call>
        const upTo = (isIncluded: boolean) =>
          all.map((each) =>
            each.answered !== undefined && (each.answered < answered || (isIncluded && each.answered === answered)) ? each : open(each),
          )
        const known = (isIncluded: boolean) => upTo(isIncluded).filter(({ asked }) => asked <= answered)
        expect(linearizability(historyOf(known(true)), byKey).verdict).toBe("violated")
        expect(linearizability(historyOf(known(false)), byKey).verdict).toBe("linearizable")
      }),
      seeds(400, 15),
    )
  })
})

const open = (done: Done<Call>): Done<Call> => ({ ...done, answered: undefined })
