/** All in the order in which it was answered: between which moments each takes effect there, and when that explains nothing. */

import { describe, expect, it } from "vitest"
import type { Machine } from "../../../src/simulation/judges/linearization.ts"
import type { Occurrence } from "../../../src/simulation/judges/occurrence.ts"
import { isExplainedAsAnswered } from "../../../src/simulation/judges/straight-order.ts"

interface Call {
  readonly name: string
  readonly parts: readonly string[]
}

/** At those places and moments: asked and answered. */
function occurrence(
  name: string,
  places: readonly [number, number],
  moments = places,
  more: { parts?: string[]; isCertain?: boolean } = {},
) {
  const { parts = ["all"], isCertain = true } = more
  const [asked, answered] = places
  const [askedAt, answeredAt] = moments
  return { call: { name, parts }, asked, answered, askedAt, answeredAt, isCertain }
}

/** What was carried out, and between which moments; `not`: that fits nowhere. */
function carriedOut(occurrences: readonly Occurrence<Call>[], { left = 100, not = "" } = {}) {
  const told: string[] = []
  const machine: Machine<string, Call> = {
    initial: "",
    textOf: (state) => state,
    partsOf: ({ parts }) => parts,
    at: (state, part, from) => `${state}@${part}${from}`,
    step: (state, { name }, { from, to }, isJudged) => {
      told.push(`${state} ${name} ${from}-${to}${isJudged ? "" : " unjudged"}`)
      return name === not ? [] : [{ state: `${state}${name}`, gives: "" }]
    },
  }
  const budget = { left }
  return { isExplained: isExplainedAsAnswered(machine, occurrences, budget), told, left: budget.left }
}

describe("all as it was answered", () => {
  it("is carried out in that order, each judged by what it gave, and what is not certain is not", () => {
    const uncertain = occurrence("u", [1, Number.POSITIVE_INFINITY], undefined, { isCertain: false })
    const { isExplained, told } = carriedOut([uncertain, occurrence("b", [1, 4]), occurrence("a", [2, 3])])
    expect(isExplained).toBe(true)
    expect(told).toEqual([" a 2-3", "a@all2 b 2-4"])
  })

  it("explains nothing where one gives what it did not give", () => {
    expect(carriedOut([occurrence("a", [1, 2]), occurrence("b", [3, 4])], { not: "b" }).isExplained).toBe(false)
  })

  it("takes effect not before what has on the same part was asked for, nor behind the answer of what has not", () => {
    const { told } = carriedOut([occurrence("a", [1, 2], [5, 9]), occurrence("b", [1, 3], [0, 7])])
    expect(told).toEqual([" a 5-7", "a@all5 b 5-7"])
  })

  it("has no bounds by what is about other parts", () => {
    const { told } = carriedOut([occurrence("a", [1, 2], [5, 9], { parts: ["x"] }), occurrence("b", [1, 3], [0, 7], { parts: ["y"] })])
    expect(told).toEqual([" a 5-9", "a@x5 b 0-7"])
  })

  it("is about the whole where nothing is said of parts", () => {
    const windows: string[] = []
    const step: Machine<string, Call>["step"] = (state, _call, { from, to }) => {
      windows.push(`${from}-${to}`)
      return [{ state, gives: "" }]
    }
    isExplainedAsAnswered(
      { initial: "", textOf: (state) => state, step },
      [occurrence("a", [1, 2], [5, 9]), occurrence("b", [1, 3], [0, 7])],
      { left: 9 },
    )
    expect(windows).toEqual(["5-7", "5-7"])
  })

  it("is a configuration each, and is not begun where they are too many", () => {
    const both = [occurrence("a", [1, 2]), occurrence("b", [3, 4])]
    expect(carriedOut(both, { left: 2 })).toMatchObject({ isExplained: true, left: 0 })
    expect(carriedOut(both, { left: 1 })).toMatchObject({ isExplained: false, left: 1, told: [] })
    expect(carriedOut(both, { left: 2, not: "b" })).toMatchObject({ isExplained: false, left: 2 })
  })

  it("is not looked at where one was answered before it was asked for", () => {
    expect(carriedOut([occurrence("a", [3, 2])])).toMatchObject({ isExplained: false, told: [] })
  })
})
