import { describe, expect, it } from "vitest"
import { causalSlice } from "../../../src/simulation/report/causal-slice.ts"
import { reportText } from "../../../src/simulation/report/report-text.ts"
import type { Sent } from "../../../src/simulation/schedule/step.ts"
import { ToldSchedule } from "../../support/told-schedule.ts"

const failure = { kind: "check", message: "wrong" }

const signal = (told: ToldSchedule, from: string, to: string, what: string): Sent => ({ ...told.tell(from, to, what), kind: "signal" })

/** The lines of what led to it. */
function storyOf({ steps }: ToldSchedule, more: object = {}): readonly string[] {
  const section = reportText({ failure: { ...failure, ...more }, steps })
    .split("\n\n")
    .find((each) => each.startsWith("What led to it"))
  return (
    section
      ?.split("\n")
      .slice(1)
      .map((line) => line.trim()) ?? []
  )
}

/** A caller takes one, and gives its mailbox back; `follows`: what the supervisor does then. */
function givenBack(follows?: (told: ToldSchedule) => readonly Sent[]): ToldSchedule {
  const told = new ToldSchedule()
  const take = told.ask("a", "desk", "take")
  told.go(told.start("a"), { sends: [take] })
  const reply = told.reply(take)
  told.take(take, { sends: [reply] })
  const detach = signal(told, "a", "desk", "detach")
  told.take(reply, { sends: [detach] })
  const left = signal(told, "desk", "root", "left")
  told.take(detach, { sends: [left] })
  const sends = follows?.(told) ?? []
  told.take(left, { sends })
  for (const each of sends) told.take(each)
  return told
}

describe("what is told of the steps that led to a failure", () => {
  it("is without mailboxes that are given back, and without who says so", () => {
    expect(storyOf(givenBack(), { actors: ["desk", "root"] })).toEqual([
      "0          a starts, and asks desk `take`",
      "1–2        desk answers a's `take`",
    ])
  })

  it("has them where something follows from it, all that led to that", () => {
    const lines = storyOf(
      givenBack((told) => [signal(told, "root", "desk", "exit")]),
      { actors: ["desk"] },
    )
    expect(lines).toEqual([
      "0          a starts, and asks desk `take`",
      "1–2        desk answers a's `take`, and a signals desk `detach`",
      "3          desk handles a's `detach`, and signals root `left`",
      "4          root handles desk's `left`, and signals desk `exit`",
      "5          desk handles root's `exit`",
    ])
  })

  it("has them where something is out of the ordinary, or noted", () => {
    const of = (beside: object): number => {
      const told = new ToldSchedule()
      const detach = signal(told, "a", "desk", "detach")
      told.go(told.start("a"), { sends: [detach] })
      told.take(detach, beside)
      return storyOf(told, { actors: ["a", "desk"] }).length
    }
    expect(of({})).toBe(1)
    expect(of({ instead: new ToldSchedule().start("c") })).toBe(2)
    expect(of({ notes: ["desk ended: normal"] })).toBe(2)
  })

  it("has what a program calls by the same name", () => {
    const told = new ToldSchedule()
    const sends = [told.tell("a", "desk", "detach"), told.tell("a", "desk", "left")]
    told.go(told.start("a"), { sends })
    for (const each of sends) told.take(each)
    expect(storyOf(told, { actors: ["desk"] })).toEqual([
      "0          a starts, and sends desk `detach` and sends desk `left`",
      "1          desk handles a's `detach`",
      "2          desk handles a's `left`",
    ])
  })

  it("says in one line that the check has asked, and keeps what it asked from the rest", () => {
    const told = new ToldSchedule()
    told.go(told.start("desk"))
    const asked = told.ask("outside", "desk", "left")
    told.go(told.turn("outside"), { sends: [asked] })
    told.answer(asked)
    expect(storyOf(told, { actors: ["desk"], looksFrom: 2 })).toEqual([
      "0          desk starts",
      "1          the scenario has its turn (`setImmediate`)",
      "then the check asked what it asked (steps 2–3)",
    ])
    expect(storyOf(told, { actors: ["desk"] })).toHaveLength(3)
    expect(storyOf(told, { actors: ["desk"], looksFrom: 0 }), "or nothing would be left").toHaveLength(3)
  })

  it("is a part of those steps, which are all there as data", () => {
    const { steps } = givenBack()
    expect(causalSlice(steps, { ...failure, actors: ["root"] })).toHaveLength(5)
  })
})
