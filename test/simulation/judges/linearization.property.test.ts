/** The search for an order, where it need not try all: it finds one where a search over all orders does, and nowhere else. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { findOrder, type Machine } from "../../../src/simulation/judges/linearization.ts"
import type { Occurrence } from "../../../src/simulation/judges/occurrence.ts"
import { type Done, doneFrom, hasOrder } from "../../models/brute-order.ts"
import { seeds } from "../../support/seeds.ts"

interface Call {
  readonly name: "get" | "set" | "add" | "move"
  readonly keys: readonly string[]
  readonly value: number
}

interface Told {
  readonly call: Call
  readonly reply: unknown
}

type State = ReadonlyMap<string, number>

/** The naive service: `move` takes what is under its first key to its last. */
function apply(state: State, { name, keys, value }: Call): readonly [State, number] {
  const [first, last] = [keys[0] as string, keys.at(-1) as string]
  const before = state.get(first) ?? 0
  if (name === "get") return [state, before]
  if (name === "set") return [new Map(state).set(first, value), value]
  if (name === "add") return [new Map(state).set(first, before + value), before]
  return [new Map(state).set(first, 0).set(last, before), before]
}

const textOf = (state: State): string => JSON.stringify([...state].filter(([, value]) => value !== 0).toSorted())

const plain: Machine<State, Told> = {
  initial: new Map(),
  textOf,
  step: (before, { call, reply }, _window, isJudged) => {
    const [state, given] = apply(before, call)
    return isJudged && given !== reply ? [] : [{ state, gives: `${given}` }]
  },
}

/** All that it may be told of its operations, one by one and together. */
const machines: Readonly<Record<string, Machine<State, Told>>> = {
  plain,
  parted: { ...plain, partsOf: ({ call: { keys } }) => keys },
  reading: { ...plain, isReading: ({ call: { name } }) => name === "get" },
  both: { ...plain, partsOf: ({ call: { keys } }) => keys, isReading: ({ call: { name } }) => name === "get" },
}

const key = fc.constantFrom("k", "l", "m")

const call: fc.Arbitrary<Call> = fc
  .tuple(fc.constantFrom("get", "get", "set", "add", "move"), key, key, fc.integer({ min: 1, max: 2 }))
  .map(([name, one, other, value]) => ({ name, keys: name === "move" && one !== other ? [one, other] : [one], value }) as const)

/** Who asks how long before its moment, is answered how long after it, and whether it is never answered, or has never come about. */
const planned = fc.record({
  call,
  before: fc.integer({ min: 0, max: 45 }),
  after: fc.integer({ min: 0, max: 45 }),
  fate: fc.constantFrom("answered", "answered", "answered", "unanswered", "undone"),
})

function occurrenceOf({ call: asked, asked: at, answered, reply }: Done<Call>): Occurrence<Told> {
  const until = answered ?? Number.POSITIVE_INFINITY
  return { call: { call: asked, reply }, asked: at, answered: until, askedAt: at, answeredAt: until, isCertain: answered !== undefined }
}

function found(all: readonly Done<Call>[]): Readonly<Record<string, boolean | "undecided">> {
  const findings = Object.entries(machines).map(([name, machine]) => {
    const finding = findOrder(machine, all.map(occurrenceOf), { left: 100_000 })
    return [name, finding === "undecided" ? finding : finding !== "none"] as const
  })
  return Object.fromEntries(findings)
}

const all = (is: boolean) => Object.fromEntries(Object.keys(machines).map((name) => [name, is]))

/** Asked all at once, from that place on; `reply` is what each gave. */
function together(from: number, calls: readonly (readonly [call: Partial<Call>, reply: unknown])[]): Occurrence<Told>[] {
  return calls.map(([{ name = "set", keys = ["k"], value = 1 }, reply], place) => {
    const told = { call: { name, keys, value }, asked: from + place / 100, answered: from + 1 + place / 100, reply }
    const occurrence = occurrenceOf(reply === "none" ? { ...told, answered: undefined } : told)
    return { ...occurrence, askedAt: from }
  })
}

function looked(machine: Machine<State, Told>, occurrences: readonly Occurrence<Told>[]) {
  const budget = { left: 5000 }
  const finding = findOrder(machine, occurrences, budget)
  return { finding: typeof finding === "string" ? finding : "found", configurations: 5000 - budget.left }
}

describe("what need not be tried", () => {
  it("is what is about different things, in more than one order", () => {
    const sets = ["a", "b", "c", "d", "e"].flatMap((one) => [1, 2, 3, 4, 5].map(() => [{ keys: [one] }, 1] as const))
    const wrong = [...together(1, sets), ...together(3, [[{ name: "get", keys: ["e"] }, 7]])]
    expect(looked(plain, wrong)).toEqual({ finding: "undecided", configurations: 5000 })
    const { finding, configurations } = looked(machines.parted as Machine<State, Told>, wrong)
    expect(finding).toBe("none")
    expect(configurations).toBeLessThan(5 * 2 ** 5)
  })

  it("is a reading anywhere but where it fits", () => {
    const readings = Array.from({ length: 14 }, () => [{ name: "get" }, 1] as const)
    const wrong = [...together(1, [[{ name: "set" }, 1], ...readings]), ...together(3, [[{ name: "get" }, 7]])]
    expect(looked(plain, wrong)).toEqual({ finding: "undecided", configurations: 5000 })
    const { finding, configurations } = looked(machines.reading as Machine<State, Told>, wrong)
    expect(finding).toBe("none")
    expect(configurations).toBeLessThan(20)
  })

  it("is what may have happened, and would have been written over or come to the same", () => {
    const lost = Array.from({ length: 20 }, (_, place) => [{ name: "set", value: place % 5 }, "none"] as const)
    const wrong = [...together(1, lost), ...together(3, [[{ name: "set", value: 2 }, 2]]), ...together(5, [[{ name: "get" }, 7]])]
    const { finding, configurations } = looked(plain, wrong)
    expect(finding).toBe("none")
    expect(configurations).toBeLessThan(40)
  })
})

describe("an order", () => {
  it("is found where all came about one by one, however much overlaps", () => {
    fc.assert(
      fc.property(fc.array(planned, { maxLength: 30 }), (plan) => {
        expect(found(doneFrom(plan, new Map(), apply))).toEqual(all(true))
      }),
      seeds(400, 15),
    )
  })

  it("is found where there is one among all, and nowhere else", () => {
    const seen = new Map<boolean, number>()
    fc.assert(
      fc.property(
        fc.array(planned, { minLength: 1, maxLength: 7 }),
        fc.nat(6),
        fc.constantFrom(undefined, 0, 1, 2, 3, 4),
        (plan, where, reply) => {
          const honest = doneFrom(plan, new Map(), apply)
          const told = honest.map((each, place) => (place === where % honest.length && reply !== undefined ? { ...each, reply } : each))
          const expected = hasOrder<State, Call>(told, new Map(), apply)
          seen.set(expected, (seen.get(expected) ?? 0) + 1)
          expect(found(told)).toEqual(all(expected))
        },
      ),
      seeds(1500, 15),
    )
    expect(Math.min(seen.get(true) ?? 0, seen.get(false) ?? 0)).toBeGreaterThan(100)
  })

  it("that is found explains each answer, in an order that nobody can object to", () => {
    fc.assert(
      fc.property(fc.array(planned, { maxLength: 12 }), (plan) => {
        const occurrences = doneFrom(plan, new Map(), apply).map(occurrenceOf)
        for (const machine of Object.values(machines)) {
          const order = findOrder(machine, occurrences, { left: 100_000 })
          if (typeof order === "string") throw new Error(order)
          let state: State = new Map()
          for (const [place, { occurrence }] of order.entries()) {
            const [next, given] = apply(state, occurrence.call.call)
            state = next
            if (occurrence.isCertain) expect(given).toBe(occurrence.call.reply)
            for (const later of order.slice(place + 1)) expect(later.occurrence.answered).toBeGreaterThan(occurrence.asked)
          }
          const placed = new Set(order.map(({ occurrence }) => occurrence))
          expect(occurrences.filter((each) => each.isCertain && !placed.has(each))).toEqual([])
        }
      }),
      seeds(300, 15),
    )
  })
})
