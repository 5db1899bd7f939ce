import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { causalSlice } from "../../../src/simulation/report/causal-slice.ts"
import { sequenceDiagram } from "../../../src/simulation/report/sequence-diagram.ts"
import { widthOf } from "../../../src/simulation/text/plain-text.ts"
import { randomSchedule } from "../../support/random-schedule.ts"
import { seeds } from "../../support/seeds.ts"
import { leaseWithoutFence, staleFill, ToldSchedule } from "../../support/told-schedule.ts"

const lines = (text: string): readonly string[] => text.split("\n")
const linesWith = (text: string, part: string): readonly string[] => lines(text).filter((line) => line.includes(part))

describe("the sequence diagram", () => {
  it("draws the slice of a stale fill", () => {
    const { steps, seen } = staleFill()
    const failure = { kind: "check", message: "the readers are shown draft for good", step: seen }
    expect(`\n${sequenceDiagram(steps, failure, causalSlice(steps, failure))}\n`).toBe(STALE_FILL)
  })

  it("draws faults, timers, notes, failed and late replies", () => {
    const { steps } = leaseWithoutFence()
    expect(`\n${sequenceDiagram(steps, { kind: "always", name: "oneWriter", message: "both wrote job-1" })}\n`).toBe(LEASE)
  })

  it("says so where there is nothing to draw", () => {
    expect(sequenceDiagram([], { kind: "start", message: "wrong" })).toBe("(no step to draw)")
  })

  it("leaves out who takes no part", () => {
    const told = new ToldSchedule()
    for (let number = 0; number < 50; number++) told.go(told.start(`idle-${number}`))
    const ask = told.ask("a", "b", "get")
    told.go(told.start("a"), { sends: [ask] })
    told.answer(ask)
    const text = sequenceDiagram(told.steps, { kind: "check", message: "wrong" })
    expect(text).not.toContain("idle")
    expect(lines(text)[0]?.trim().split(/\s+/)).toEqual(["step", "clock", "a", "b"])
  })

  it("gives those least concerned one lane, and names them on it", () => {
    const told = new ToldSchedule()
    for (let number = 0; number < 20; number++) {
      const ask = told.ask("hub", `spoke-${number}`, "ping")
      told.go(told.turn("hub", ""), { sends: [ask] })
      told.take(ask)
      if (number === 19) told.befall({ kind: "crash", actor: "spoke-19", what: "" })
    }
    const text = sequenceDiagram(told.steps, { kind: "check", message: "wrong", actors: ["spoke-7"] })
    expect(lines(text)[0]).toMatch(/hub +spoke-0 .* spoke-7 +spoke-19 +14 others$/)
    expect(linesWith(text, "spoke-18: ping")).toHaveLength(1)
    expect(linesWith(text, "× crash")).toHaveLength(1)
  })

  it("draws what is out of the ordinary also where it shares a lane", () => {
    const told = new ToldSchedule()
    for (let number = 0; number < 12; number++) told.befall({ kind: "crash", actor: `p${number}`, what: `m${number}` })
    const text = sequenceDiagram(told.steps, { kind: "check", message: "wrong" })
    expect(linesWith(text, "× crash: m")).toHaveLength(7)
    for (const number of [7, 8, 9, 10, 11]) expect(linesWith(text, `p${number}: crash: m${number}`)).toHaveLength(1)
    expect(lines(text)[0]).toMatch(/5 others$/)
  })

  it("has no lane for the clock, and puts to the left what has no room at the right", () => {
    const told = new ToldSchedule()
    for (let number = 0; number < 7; number++) told.answer(told.ask("a", `service-${number}`, "get"))
    const tick = told.tell("clock", "last", "a tick that is called by a name of some length")
    told.answer(told.ask("a", "last", "get"))
    told.take(tick)
    const text = sequenceDiagram(told.steps, { kind: "check", message: "wrong" }, told.steps)
    expect(lines(text)[0]).not.toMatch(/ clock .* clock/)
    const others = told.steps.filter((step) => !step.choice?.actor.startsWith("service-0"))
    expect(linesWith(sequenceDiagram(told.steps, { kind: "check", message: "wrong" }, others), "some length")[0]).toMatch(
      /a tick that is called by a name of some length ↺$/,
    )
  })

  it("draws a thousand steps on a page: those near to what is out of the ordinary, and to the end", () => {
    const told = new ToldSchedule()
    for (let number = 0; number < 500; number++) {
      const ask = told.ask("a", "b", `get-${number}`)
      told.go(told.turn("a", ""), { sends: [ask], ...(number === 100 ? { instead: told.start("c") } : {}) })
      told.take(ask)
    }
    const text = sequenceDiagram(told.steps, { kind: "check", message: "wrong" })
    expect(lines(text).length).toBeLessThan(130)
    expect(linesWith(text, "⋮").map((line) => line.split("│")[0]?.trim())).toEqual(["⋮  161 steps", "⋮  719 steps"])
    for (const shown of ["  200  ", "  999  ", "get-100 ", "get-499"]) expect(linesWith(text, shown), shown).not.toEqual([])
  })

  it("has no line of more than 120 columns, nor what a terminal would take for an instruction", () => {
    const labels = ["a", "outside", "app:a-very-long-label-of-a-service-of-some-tenant-17", "大小大小大小大小大小大小", "\u001b[31m\n", ""]
    fc.assert(
      fc.property(randomSchedule([...labels, "b", "c", "d", "e"], ["get", "x".repeat(200), "\u0007"]), (steps) => {
        const text = sequenceDiagram(steps, { kind: "check", message: "wrong ".repeat(50) })
        for (const line of lines(text)) expect(widthOf(line)).toBeLessThanOrEqual(120)
        expect(text).not.toMatch(/(?!\n)\p{Cc}/u)
      }),
      seeds(100, 8),
    )
  })
})

const STALE_FILL = `
 step      clock            scenario        database       wiki:cache        reader          writer
    0       0 ms                │               ○ starts        │               │               │
    1                           │               │               ○ starts        │               │
    3                           │               │               │               ○ starts        │
    4                           │               │◀────────── version ───────────│               │
    5                           │               │╌╌╌╌╌╌╌╌╌╌ version ╌╌╌╌╌╌╌╌╌╌╌▶│               │
    6                           │               │               │◀──── get ─────│               │
    7                           │               │               │╌╌╌╌ get ╌╌╌╌╌▶│               │
    8                           │               │◀──────────── read ────────────│               │
    9            [1]            │               │               │               │               ○ starts
   10                           │               │               │◀──────────── has ─────────────│
   11                           │               │               │╌╌╌╌╌╌╌╌╌╌╌╌ has ╌╌╌╌╌╌╌╌╌╌╌╌╌▶│
   13                           │               │◀─────────────────── write ────────────────────│
   14                           │               │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ write ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▶│
   15                           │               │               │◀─────────── delete ───────────│
   17            [1]            │               │╌╌╌╌╌╌╌╌╌╌ read ‹8 ╌╌╌╌╌╌╌╌╌╌╌▶│               │
   18                           │               │               │◀──── set ─────│               │
   20                           • setImmediate  │               │               │               │
   21                           │──────────── get ─────────────▶│               │               │
   22                           │◀╌╌╌╌╌╌╌╌╌╌╌╌ get ╌╌╌╌╌╌╌╌╌╌╌╌╌│               │               │
                                │               │               │               │               │
                        × the readers are shown draft for good
`
const LEASE = `
 step      clock                 leases                app:archive       <script>ale…1)</script>         clerk-2
    0       0 ms                    ○ starts                │                       │                       │
    1                               │                       ○ starts                │                       │
    4       5 ms                    │                       │                       ○ starts                │
    5                               │◀────────────────── acquire ───────────────────│                       │
    6            [1]                │                       │                       │                       ○ starts
    7                               │◀────────────────────────────── acquire ───────────────────────────────│
    8                               │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ acquire failed ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▶│
    9   30.005 s [1]                ◷ lease is over         │                       │                       │
                                    │ (lease of job-1 lost) │                       │                       │
   10            [1]                │                       │                       │                       ◷ again
   11                               │◀────────────────────────────── acquire ───────────────────────────────│
   12                               │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ acquire ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▶│
   13                               │                       │◀─────────────── write "&amp;" ────────────────│
   14                               │                       │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ write "&amp;" ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▶│
   15    30.01 s [1]                │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ acquire ‹5 ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▶│                       │
   16            [2]                │                       × crash: flush          │                       │
                                    │                       │ (crash: Error: disk full at <anonymous>)      │
   17                               │                       ○ starts                │                       │
   18                               │                       ↺ flush                 │                       │
   19                               │                       │◀─ write "&amp;" ‹15 ──│                       │
   20                               │                       │╌╌╌ write "&amp;" ╌╌╌╌▶│                       │
                                    │                       │                       │                       │
                        × both wrote job-1
`
