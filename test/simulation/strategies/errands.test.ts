/** Who goes on by priority is an errand: one process, and what others do for it. */

import { describe, expect, it } from "vitest"
import { Errands, errands } from "../../../src/simulation/strategies/errands.ts"
import type { Experience } from "../../../src/simulation/strategies/strategies.ts"
import { type Choice, choiceOf, drawOf } from "../../support/steps.ts"

const EXPERIENCE: Experience = { decisions: 30, prompt: 30, steps: new Map(), channels: new Map() }

/** A request of a client's at the store, its answer, the client's start. */
const request = (id: number, from: string, what = "get"): Choice => choiceOf(id, { actor: "store", from, what })
const answer = (id: number, actor: string): Choice => choiceOf(id, { kind: "reply", actor, from: "store" })
const start = (id: number, actor: string): Choice => choiceOf(id, { kind: "start", actor })
const timer = (id: number, actor: string): Choice => choiceOf(id, { kind: "timer", actor, from: "clock" })

describe("an errand", () => {
  it("is of a process, of what it asks and of the answer, whoever has gone on in between", () => {
    const all = new Errands()
    const [ann, bob] = [start(1, "Ann"), start(2, "Bob")]
    const [ofAnn, ofBob] = [all.of(ann), all.of(bob)]
    expect(ofAnn).not.toBe(ofBob)
    for (const each of [ann, bob]) all.went(each)
    expect([all.of(request(3, "Ann")), all.of(request(4, "Bob"))]).toEqual([ofAnn, ofBob])
    for (const each of [request(4, "Bob"), request(3, "Ann")]) all.went(each)
    expect([all.of(answer(5, "Bob")), all.of(answer(6, "Ann")), all.of(timer(7, "Cat"))]).toEqual([ofBob, ofAnn, 3])
  })

  it("is another one where two things of one process wait at a time", () => {
    const all = new Errands()
    all.went(start(1, "Ann"))
    const [first, second] = [all.of(request(2, "Ann")), all.of(request(3, "Ann"))]
    expect(first).not.toBe(second)
    expect([all.of(request(2, "Ann")), all.of(request(3, "Ann"))]).toEqual([first, second])
  })
})

/** Two clients that ask the store again and again, each of the two so many times; gives who has gone on, in letters. */
function goneThrough(seed: number, changePoints: number, { requests = 6, waits = false } = {}): string {
  const strategy = errands(() => changePoints)(drawOf(seed), EXPERIENCE)
  const next = (id: number, client: string, done: number): Choice =>
    waits && done === 2 ? timer(id, client) : request(id, client, `get ${done}`)
  const open = new Map(["A", "B"].map((client, place) => [client, { done: 0, choice: start(place, client) }]))
  let text = ""
  for (let number = 0; open.size > 0; number += 1) {
    const all = [...open].map(([client, { choice, done }]) => ({ client, choice, done }))
    const choices = all.map(({ choice }) => choice)
    const [only] = choices
    const index = choices.length > 1 ? strategy.choose({ kind: "step", number, choices, base: 0 }) : 0
    if (choices.length === 1) strategy.went?.(only as Choice)
    const { client, done } = all[index] as (typeof all)[number]
    text += client
    if (done === requests) open.delete(client)
    else open.set(client, { done: done + 1, choice: next(100 + number, client, done) })
  }
  return text
}

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed + 1)

describe("without a change", () => {
  it("one goes on until all of its errand is done, and then the other; who of them is drawn", () => {
    const texts = new Set(SEEDS.map((seed) => goneThrough(seed, 0)))
    expect([...texts].toSorted()).toEqual(["AAAAAAABBBBBBB", "BBBBBBBAAAAAAA"])
  })

  it("who waits for time falls behind in some schedules, and in the others does not", () => {
    const texts = SEEDS.map((seed) => goneThrough(seed, 0, { waits: true }))
    const behind = texts.filter((text) => /^(AAAB{7}A{4}|BBBA{7}B{4})$/.test(text) || /^(AAABBBA+B+|BBBAAAB+A+)$/.test(text))
    expect(behind.length).toBeGreaterThan(5)
    expect(behind.length).toBeLessThan(texts.length - 5)
    expect(texts.filter((text) => /^(A{7}B{7}|B{7}A{7})$/.test(text)).length).toBe(texts.length - behind.length)
  })
})

describe("a change", () => {
  it("puts the errand that goes on behind all others, until those are done", () => {
    const texts = SEEDS.map((seed) => goneThrough(seed, 1))
    for (const text of texts) expect(text).toMatch(/^(A*B{7}A*|B*A{7}B*)$/)
    expect(new Set(texts).size).toBeGreaterThan(8)
  })
})

describe("who does the same again and again", () => {
  it("falls behind after some rounds, so that who it waits for goes on", () => {
    for (const seed of SEEDS) {
      const strategy = errands(() => 0)(drawOf(seed), EXPERIENCE)
      const waiting = start(0, "B")
      strategy.went?.(start(1, "A"))
      let steps = 0
      const next = (): Choice => (steps % 2 === 0 ? request(10 + steps, "A", "has") : answer(10 + steps, "A"))
      while (strategy.choose({ kind: "step", number: steps, choices: [next(), waiting], base: 0 }) === 0) {
        steps += 1
        expect(steps).toBeLessThanOrEqual(10)
      }
    }
  })

  it("does not where others have gone on in between", () => {
    const chosen = SEEDS.map((seed) => {
      const strategy = errands(() => 0)(drawOf(seed), EXPERIENCE)
      const waiting = start(0, "C")
      strategy.went?.(start(1, "A"))
      return Array.from({ length: 16 }, (_, number) => {
        const next = number % 2 === 0 ? request(10 + number, "A", "has") : answer(10 + number, "A")
        const choice = strategy.choose({ kind: "step", number, choices: [next, waiting], base: 0 })
        strategy.went?.(request(50 + number, "B", `put ${number}`))
        return choice
      }).join("")
    })
    expect(chosen.filter((text) => text.startsWith("0")).length).toBeGreaterThan(10)
    for (const text of chosen) if (text.startsWith("0")) expect(text).toBe("0".repeat(16))
  })
})
