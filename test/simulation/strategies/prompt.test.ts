/** Answers arrive at once; all else is another strategy's. */

import { describe, expect, it } from "vitest"
import type { Decision, Strategy } from "../../../src/simulation/schedule/decider.ts"
import { promptly } from "../../../src/simulation/strategies/prompt.ts"
import type { Experience } from "../../../src/simulation/strategies/strategies.ts"
import { type Choice, choiceOf, faultChoice } from "../../support/steps.ts"

const EXPERIENCE: Experience = { decisions: 30, prompt: 7, steps: new Map([["a", 3]]), channels: new Map() }
const message = choiceOf(1)
const other = choiceOf(2, { actor: "b" })
const reply = choiceOf(3, { kind: "reply" })
const later = choiceOf(4, { kind: "reply", actor: "b" })
const start = choiceOf(5, { kind: "start" })
const STARTS_AT_ONCE = 0.4
const STARTS_LATER = 0.6

/** What the other strategy is asked; it takes the last. */
function promptStrategy(draw: number) {
  const asked: Decision[] = []
  const experiences: Experience[] = []
  const told: Choice[] = []
  const last: Strategy = {
    went: (choice) => void told.push(choice),
    choose: (decision) => {
      asked.push(decision)
      return decision.choices.length - 1
    },
  }
  const strategy = promptly((_draw, experience) => {
    experiences.push(experience)
    return last
  })(() => draw, EXPERIENCE)
  let number = 0
  const choose = (choices: readonly Choice[], kind: Decision["kind"] = "step"): number => {
    number += 1
    return strategy.choose({ kind, number: number - 1, choices, base: 0 })
  }
  return { choose, asked, experiences, told, went: (choice: Choice) => strategy.went?.(choice) }
}

describe("an answer", () => {
  it("arrives before all else, wherever it stands, and the newest first", () => {
    const { choose, asked } = promptStrategy(STARTS_LATER)
    expect([choose([reply, message]), choose([message, reply]), choose([reply, later, message])]).toEqual([0, 1, 1])
    expect(asked).toEqual([])
  })
})

describe("a start", () => {
  it("is at once in those schedules for which that is drawn, else as the other strategy says", () => {
    expect(promptStrategy(STARTS_AT_ONCE).choose([start, message])).toBe(0)
    expect(promptStrategy(STARTS_LATER).choose([start, message])).toBe(1)
  })
})

describe("all else", () => {
  it("is told to the other strategy: what arrives at once, and what came as nothing else could", () => {
    const { choose, told, went } = promptStrategy(STARTS_LATER)
    choose([message, reply])
    choose([message, other])
    went(message)
    expect(told).toEqual([reply, message])
  })

  it("is the other strategy's, which is asked as it stands, faults and operations too", () => {
    const { choose, asked } = promptStrategy(STARTS_AT_ONCE)
    const timer = choiceOf(6, { kind: "timer" })
    expect(choose([message, other, timer])).toBe(2)
    expect(choose([faultChoice("none"), faultChoice("crash", "a")], "fault")).toBe(1)
    const choices = asked.map(({ kind, choices: each, base }) => ({ kind, length: each.length, base }))
    expect(choices).toEqual([
      { kind: "step", length: 3, base: 0 },
      { kind: "fault", length: 2, base: 0 },
    ])
  })

  it("is counted without the answers, in as many decisions as there were without them", () => {
    const { choose, asked, experiences } = promptStrategy(STARTS_LATER)
    for (const choices of [
      [message, other],
      [message, reply],
      [reply, other],
      [message, other],
      [message, start],
    ])
      choose(choices)
    expect(asked.map(({ number }) => number)).toEqual([0, 1, 2])
    expect(experiences).toEqual([{ ...EXPERIENCE, decisions: 7 }])
  })
})
