/** What goes on by priority is a channel: what one has for another. */

import { describe, expect, it } from "vitest"
import { channelOf, channels } from "../../../src/simulation/strategies/channels.ts"
import type { Experience } from "../../../src/simulation/strategies/strategies.ts"
import { type Choice, choiceOf, drawOf } from "../../support/steps.ts"

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed + 1)
const NOTHING: ReadonlyMap<string, number> = new Map()

/** All channels have their events ready, of which one after the other comes; gives the letters of the channels. */
function goneThrough(
  seed: number,
  lengths: Readonly<Record<string, number>>,
  of: (letter: string, id: number) => Choice,
  known = NOTHING,
): string {
  const experience: Experience = { decisions: 30, prompt: 30, steps: new Map(), channels: known }
  const strategy = channels(drawOf(seed), experience)
  const left = new Map(Object.entries(lengths))
  let text = ""
  for (let number = 0; left.size > 0; number += 1) {
    const letters = [...left.keys()]
    const choices = letters.map((letter) => of(letter, 10 * (left.get(letter) as number) + letters.indexOf(letter)))
    const index = choices.length > 1 ? strategy.choose({ kind: "step", number, choices, base: 0 }) : 0
    if (choices.length === 1) strategy.went?.(choices[0] as Choice)
    const letter = letters[index] as string
    text += letter
    const rest = (left.get(letter) as number) - 1
    if (rest === 0) left.delete(letter)
    else left.set(letter, rest)
  }
  return text
}

/** From one to two, and from another to one of those. */
const FROM: Readonly<Record<string, Partial<Choice>>> = {
  A: { from: "x", actor: "one" },
  B: { from: "x", actor: "two" },
  C: { from: "y", actor: "one" },
}
const messageOf = (letter: string, id: number): Choice => choiceOf(id, { ...FROM[letter], what: `go ${id}` })
const LENGTHS = { A: 4, B: 4, C: 4 }

describe("a channel", () => {
  it("is of one sender, one receiver and one kind", () => {
    const all = [
      choiceOf(1, { from: "x", actor: "one" }),
      choiceOf(2, { from: "x", actor: "two" }),
      choiceOf(3, { from: "two", actor: "one" }),
      choiceOf(4, { from: "two", actor: "one", kind: "reply" }),
    ]
    expect(new Set(all.map(channelOf)).size).toBe(4)
    expect(channelOf(choiceOf(5, { from: "x", actor: "one", what: "another" }))).toBe(channelOf(all[0] as Choice))
  })

  it("goes on until it has nothing more; which one does is drawn, and two of one sender are two", () => {
    const texts = new Set(SEEDS.map((seed) => goneThrough(seed, LENGTHS, messageOf)))
    const orders = ["ABC", "ACB", "BAC", "BCA", "CAB", "CBA"].map((order) => [...order].map((letter) => letter.repeat(4)).join(""))
    expect(texts).toEqual(new Set(orders))
  })

  it("falls behind all others at an event of its own", () => {
    const known = new Map([[channelOf(messageOf("A", 1)), 4]])
    const texts = SEEDS.map((seed) => goneThrough(seed, LENGTHS, messageOf, known))
    for (const text of texts) expect(text).toMatch(/^(A*(B{4}C{4}|C{4}B{4})A*|(BBBB|CCCC)A*(BBBB|CCCC)A*)$/)
    const split = texts.filter((text) => /A[BC]+A/.test(text))
    expect(new Set(split.map((text) => text.lastIndexOf("A") - text.search(/A+$/)))).toEqual(new Set([0, 1, 2]))
  })

  it("that goes round in a circle falls behind, once it has done so for long", () => {
    const same = (letter: string, id: number): Choice => choiceOf(id, { ...FROM[letter], what: letter === "A" ? "look" : `go ${id}` })
    const texts = new Set(SEEDS.map((seed) => goneThrough(seed, { A: 40, C: 2 }, same)))
    expect(texts).toEqual(new Set([`${"A".repeat(24)}CC${"A".repeat(16)}`, `CC${"A".repeat(40)}`]))
  })

  it("of time falls behind in some schedules, and in the others does not", () => {
    const timed = (letter: string, id: number): Choice =>
      letter === "T" ? choiceOf(id, { kind: "timer", actor: "x" }) : messageOf(letter, id)
    const texts = SEEDS.map((seed) => goneThrough(seed, { T: 1, A: 2, C: 2 }, timed))
    const last = texts.filter((text) => text.endsWith("T")).length / texts.length
    expect(last).toBeGreaterThan(0.45)
    expect(last).toBeLessThan(0.65)
  })
})
