/** What is sent to several at once reaches some of them, and the others when all else is over. */

import { describe, expect, it } from "vitest"
import { cuts, receiversAtOnce } from "../../../src/simulation/strategies/cuts.ts"
import type { Experience } from "../../../src/simulation/strategies/strategies.ts"
import { type Choice, choiceOf, drawOf, sentOf, stepOf } from "../../support/steps.ts"

const SEEDS = Array.from({ length: 400 }, (_, seed) => seed + 1)
const NOTHING: Experience = { decisions: 30, prompt: 30, steps: new Map(), channels: new Map() }

type Follows = (choice: Choice) => readonly Choice[]

/** All that is there, and what follows from it, as the strategy takes it; gives what that is called. */
function taken(seed: number, first: readonly Choice[], follows: Follows = () => []): string {
  const strategy = cuts(drawOf(seed), NOTHING)
  let open = [...first]
  let text = ""
  for (let number = 0; open.length > 0; number += 1) {
    const index = open.length > 1 ? strategy.choose({ kind: "step", number, choices: open, base: 0 }) : 0
    const choice = open[index] as Choice
    if (open.length === 1) strategy.went?.(choice)
    text += choice.what
    open = [...open.filter((each) => each !== choice), ...follows(choice)]
  }
  return text
}

const textsOf = (first: readonly Choice[], follows?: Follows): readonly string[] => SEEDS.map((seed) => taken(seed, first, follows))

/** A message of the writer's to each of these copies. */
function written(copies: string, from = 1): readonly Choice[] {
  return [...copies].map((what, place) => choiceOf(from + place, { from: "writer", actor: `copy ${what.toUpperCase()}`, what }))
}

/** What goes on beside that, once. */
const OTHER = choiceOf(100, { from: "other", actor: "other", what: "." })

describe("what is sent to several at once", () => {
  it("reaches some of them before all else is over, and the others then", () => {
    const split = textsOf([...written("ABC"), OTHER]).filter((text) => /[A-C]\.[A-C]/.test(text))
    const late = new Set(split.map((text) => text.slice(text.indexOf(".") + 1)))
    expect(late).toEqual(new Set(["A", "B", "C", "AB", "BA", "AC", "CA", "BC", "CB"]))
    expect(split.length).toBeGreaterThan(SEEDS.length / 6)
  })

  it("comes late the newest first, or all of one sender's before another's", () => {
    const others = [..."abc"].map((what, place) => choiceOf(2 * place + 2, { from: "other", actor: `copy ${what.toUpperCase()}`, what }))
    const both = [..."ABC"].flatMap((copy, place) => [...written(copy, 2 * place + 1), others[place] as Choice])
    const ends = new Set(textsOf(both).map((text) => text.slice(-4)))
    // Two of each are late: `cCaA` by age.
    for (const byAge of ["cCaA", "cCbB", "bBaA"]) expect(ends).toContain(byAge)
    for (const bySender of ["acAC", "ACac", "bcBC", "BCbc"]) expect(ends).toContain(bySender)
  })

  it("is that only where there are several", () => {
    const answerTo = (what: string): Choice =>
      choiceOf(10, { kind: "reply", from: `copy ${what}`, actor: "writer", what: what.toLowerCase() })
    const next = new Map([
      ["a", written("B", 2)],
      ["b", written("C", 3)],
    ])
    const oneByOne: Follows = ({ kind, what }) => next.get(what) ?? (kind === "message" && what !== "." ? [answerTo(what)] : [])
    expect(new Set(textsOf([...written("A"), OTHER], oneByOne))).toEqual(new Set(["AaBbCc.", ".AaBbCc"]))
  })

  it("reaches the other side the next time, mostly", () => {
    const step = choiceOf(50, { from: "writer", actor: "writer", what: "!" })
    const twice: Follows = ({ what }) => (what === "!" ? [...written("ab", 60), OTHER] : [])
    const late = textsOf([...written("AB"), step], twice).flatMap((text) => {
      const [, first] = /^[AB]!.*([AB])/.exec(text) ?? []
      const [, next] = /[ab]\..*([ab])/.exec(text) ?? []
      return first === undefined || next === undefined ? [] : [first.toLowerCase() !== next]
    })
    const others = late.filter((isOther) => isOther).length
    expect(late.length).toBeGreaterThan(30)
    expect(others / late.length).toBeGreaterThan(0.6)
    expect(others).toBeLessThan(late.length)
  })

  it("reaches all of them in some schedules, and the answers of some are late", () => {
    const answered: Follows = ({ what, kind }) => {
      if (kind === "reply" || !/[A-C]/.test(what)) return []
      const answer = choiceOf(10 + what.charCodeAt(0), { kind: "reply", from: `copy ${what}`, actor: "writer", what: what.toLowerCase() })
      return what === "A" ? [answer, OTHER] : [answer]
    }
    const texts = textsOf(written("ABC"), answered).filter((text) => /^[A-Ca-c]*\.[a-c]+$/.test(text) && /[a-c].*\./.test(text))
    expect(texts.length).toBeGreaterThan(10)
  })

  it("comes before any timer", () => {
    const timer = choiceOf(101, { kind: "timer", from: "clock", actor: "other", what: "T" })
    for (const text of textsOf([...written("ABC"), OTHER, timer])) expect(text.at(-1)).toBe("T")
  })

  it("is the same for the same seed", () => {
    expect(textsOf([...written("ABC"), OTHER])).toEqual(textsOf([...written("ABC"), OTHER]))
  })
})

describe("how many are sent to at once", () => {
  it("is counted by receivers of requests and messages", () => {
    const sent = [sentOf(1, "a"), sentOf(2, "b"), sentOf(3, "a"), { ...sentOf(4, "c"), kind: "reply" as const }]
    expect(receiversAtOnce(stepOf(choiceOf(1), { sent }))).toBe(2)
    expect(receiversAtOnce(stepOf(choiceOf(1)))).toBe(0)
  })

  it("counts as two at most where it is the scenario that begins several things", () => {
    const sent = ["a", "b", "c"].map((to, id) => sentOf(id, to))
    expect(receiversAtOnce(stepOf(choiceOf(1), { sent }))).toBe(3)
    expect(receiversAtOnce(stepOf(choiceOf(1, { actor: "outside" }), { sent }))).toBe(2)
  })
})
