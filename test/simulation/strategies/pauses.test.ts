/** The base order, in which some pause. */

import { describe, expect, it } from "vitest"
import { BaseOrder } from "../../../src/simulation/strategies/base-order.ts"
import { pauses } from "../../../src/simulation/strategies/pauses.ts"
import type { Experience } from "../../../src/simulation/strategies/strategies.ts"
import { type Choice, choiceOf, drawOf } from "../../support/steps.ts"

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed + 1)

/** What somebody does: things that differ, the same thing again, or a wait for time to pass. */
type Work = readonly ("other" | "same" | "timer")[]

function others(count: number): Work {
  return Array.from({ length: count }, () => "other")
}

function choiceFor(name: string, work: Work, done: number, id: number): Choice {
  const kind = work[done]
  if (kind === "timer") return choiceOf(id, { kind: "timer", actor: name, from: name })
  return choiceOf(id, { actor: name, from: name, what: kind === "same" ? "look" : `get ${done}` })
}

/** Gives who has gone on, in letters. */
function goneThrough(seed: number, clients: Readonly<Record<string, Work>>, steps: ReadonlyMap<string, number>): string {
  const experience: Experience = { decisions: 30, prompt: 30, steps, channels: new Map() }
  const strategy = pauses(drawOf(seed), experience)
  const order = new BaseOrder()
  const open = new Map(Object.entries(clients).map(([client, work], id) => [client, { done: 0, choice: choiceFor(client, work, 0, id) }]))
  let text = ""
  for (let number = 0; open.size > 0; number += 1) {
    const all = [...open]
    const choices = all.map(([, { choice }]) => choice)
    const base = order.of(choices)
    const index = choices.length > 1 ? strategy.choose({ kind: "step", number, choices, base }) : 0
    if (choices.length === 1) strategy.went?.(choices[0] as Choice)
    order.went(choices[index] as Choice)
    const [client, { done }] = all[index] as (typeof all)[number]
    const work = clients[client] as Work
    text += client
    if (done + 1 === work.length) open.delete(client)
    else open.set(client, { done: done + 1, choice: choiceFor(client, work, done + 1, 100 + number) })
  }
  return text
}

const textsOf = (clients: Readonly<Record<string, Work>>, steps: Readonly<Record<string, number>>): readonly string[] =>
  SEEDS.map((seed) => goneThrough(seed, clients, new Map(Object.entries(steps))))

describe("without a pause", () => {
  it("is the base order", () => {
    const clients = { A: others(5), B: others(6) }
    expect(new Set(textsOf(clients, {}))).toEqual(new Set(["BBBBBBAAAAA"]))
  })
})

describe("a pause", () => {
  it("is over once all others wait, or are through", () => {
    const texts = textsOf({ A: others(5), B: others(6) }, { A: 5, B: 6 })
    for (const text of texts) expect(text).toMatch(/^(B*A{5}B*|B*A*B{1,6}A*)$/)
    expect(texts).toContain("BBBBBAAAAAB")
    expect(new Set(texts).size).toBeGreaterThan(10)
  })

  it("comes to each at a step of its own, however long the others take", () => {
    const texts = textsOf({ A: others(30), B: others(2), C: others(1) }, { B: 2 })
    const bothOf = (text: string): boolean => /B.*A{30}B$/.test(text)
    expect(texts.filter(bothOf).length).toBeGreaterThan(0.3 * texts.length)
  })

  it("that began last is over last", () => {
    const texts = textsOf({ A: others(4), B: others(4), C: others(2) }, { A: 4, B: 4 })
    expect(texts.filter((text) => /^CCB{1,3}A{1,3}B+A+$/.test(text)).length).toBeGreaterThan(0.15 * texts.length)
  })

  it("is over before time passes in some schedules, and in the others behind that", () => {
    const texts = textsOf({ A: others(3), B: ["other", "timer", "other"] }, { A: 3 })
    const [soon, late] = [texts.filter((text) => /^BA*BB$/.test(text)), texts.filter((text) => /^BA{0,2}BBA+$/.test(text))]
    expect(soon.length).toBeGreaterThan(late.length)
    expect(late.length).toBeGreaterThan(10)
    expect(soon.length + late.length).toBe(texts.length)
  })
})

describe("who does the same again and again", () => {
  const LOOKS: Work = Array.from({ length: 12 }, () => "same")

  it("pauses after two to five times, and again when all others wait", () => {
    const texts = textsOf({ A: others(4), B: LOOKS }, {})
    expect(new Set(texts)).toEqual(new Set([2, 3, 4, 5].map((rounds) => `${"B".repeat(rounds)}AAAA${"B".repeat(12 - rounds)}`)))
  })
})
