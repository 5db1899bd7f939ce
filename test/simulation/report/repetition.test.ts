import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { repetitionsIn } from "../../../src/simulation/report/repetition.ts"
import { reportText } from "../../../src/simulation/report/report-text.ts"
import { sequenceDiagram } from "../../../src/simulation/report/sequence-diagram.ts"
import { seeds } from "../../support/seeds.ts"
import { type Beside, ToldSchedule } from "../../support/told-schedule.ts"

/** A step for each letter; a capital is out of the ordinary. */
function schedule(letters: string, besideOf: (letter: string) => Beside = () => ({})): ToldSchedule {
  const told = new ToldSchedule()
  for (const letter of letters) told.go(told.turn(letter), besideOf(letter))
  return told
}

/** Where each stretch begins and ends, and how often it says what was said before. */
function repeated(letters: string, besideOf?: (letter: string) => Beside): readonly string[] {
  const { steps } = schedule(letters, besideOf)
  const marks = new Map(steps.filter(({ choice }) => /[A-Z]/.test(choice?.actor ?? "")).map(({ index }) => [index, [1]]))
  return repetitionsIn(steps, marks).map(({ from, to, times }) => `${from}–${to} ${times}×`)
}

describe("a repetition", () => {
  it("is what goes round often enough that it is shorter to say so", () => {
    expect(repeated("")).toEqual([])
    expect(repeated("xaaay")).toEqual([])
    expect(repeated("xaaaay")).toEqual(["2–5 3×"])
    expect(repeated("xabababy")).toEqual([])
    expect(repeated("xababababy")).toEqual(["3–9 3×"])
    expect(repeated("xabcabcy")).toEqual([])
    expect(repeated("xabcabcabcy")).toEqual(["4–10 2×"])
    expect(repeated("aaaabbbb")).toEqual(["1–4 3×", "5–8 3×"])
  })

  it("is of the shortest round, and of one that is not cut", () => {
    expect(repeated("a".repeat(12))).toEqual(["1–12 11×"])
    expect(repeated(`${"abc".repeat(5)}ab`)).toEqual(["3–15 4×"])
    expect(repeated("abcdefghijklmnop".repeat(4))).toEqual(["16–64 3×"])
    expect(repeated("abcdefghijklmnopq".repeat(4))).toEqual([])
  })

  it("leaves out nothing that is out of the ordinary, befell somebody or was noted", () => {
    expect(repeated("aaaaAaaaa")).toEqual(["1–4 3×", "6–9 3×"])
    expect(repeated("AAAAAA")).toEqual([])
    expect(repeated("aaaaaa", () => ({ notes: ["restarted"] }))).toEqual([])
    expect(repeated("aaaaaa", (actor) => ({ fault: { kind: "slow_handler", actor, what: "" } }))).toEqual([])
  })

  it("is of steps in which the same is sent to the same", () => {
    const told = new ToldSchedule()
    for (const to of ["b", "b", "b", "b", "c", "c"]) told.go(told.turn("a"), { sends: [told.tell("a", to, "go")] })
    expect(repetitionsIn(told.steps, new Map())).toEqual([{ from: 1, to: 4, times: 3 }])
  })

  it("says what is there: whoever repeats what it tells has the schedule again", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(..."aabcA"), { maxLength: 60 }), (letters) => {
        const { steps } = schedule(letters.join(""))
        const marks = new Map(steps.filter(({ choice }) => choice?.actor === "A").map(({ index }) => [index, [1]]))
        const again: string[] = []
        let position = 0
        for (const { from, to, times } of repetitionsIn(steps, marks)) {
          const size = (to - from) / times
          again.push(...letters.slice(position, from))
          for (let time = 0; time < times; time++) again.push(...again.slice(-size))
          position = to
        }
        expect([...again, ...letters.slice(position)]).toEqual(letters)
      }),
      seeds(500, 8),
    )
  })
})

/** A client that asks for ever; the second answer is late. */
function polling(rounds: number): ToldSchedule {
  const told = new ToldSchedule()
  let ask = told.ask("client", "desk", "look")
  told.go(told.start("client"), { sends: [ask] })
  for (let round = 0; round < rounds; round++) {
    const reply = told.reply(ask)
    told.take(ask, { sends: [reply] })
    ask = told.ask("client", "desk", "look")
    told.take(reply, { sends: [ask], ...(round === 1 ? { instead: told.start("other") } : {}) })
  }
  return told
}

describe("the report of what goes round", () => {
  const { steps } = polling(3000)
  const failure = { kind: "endless", message: "the scenario has not ended after 6001 steps" }

  it("tells one round, and how often, and all that was before it", () => {
    const lines = reportText({ failure, steps })
      .split("\n\n")
      .find((section) => section.startsWith("What led to it"))
      ?.split("\n")
    expect(lines).toEqual([
      "What led to it (6001 of 6001 steps)",
      "  0            client starts, and asks desk `look`",
      "  1–2          desk answers client's first `look`, and client asks desk `look`",
      "  3            desk handles client's second `look`, and replies",
      "  4      [1]   the reply to the second `look` reaches client, and client asks desk `look`",
      "  5–6          desk answers client's third `look`, and client asks desk `look`",
      "  7–6000       and so on: the same 2997 times more",
      "  on its way then: client's `look` for desk",
    ])
  })

  it("draws it once, and the last step", () => {
    const lines = sequenceDiagram(steps, failure).split("\n")
    expect(lines.map((line) => line.slice(0, 24).trim())).toEqual([
      "step      clock",
      ...["0       0 ms", "1", "2", "3", "4            [1]", "5", "6", "⋮  5993 steps", "6000", "", ""],
    ])
  })
})
