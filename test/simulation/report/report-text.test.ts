import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Coverage } from "../../../src/simulation/report/coverage.ts"
import { reportText } from "../../../src/simulation/report/report-text.ts"
import { sequencePage } from "../../../src/simulation/report/sequence-page.ts"
import type { Step } from "../../../src/simulation/schedule/step.ts"
import { widthOf } from "../../../src/simulation/text/plain-text.ts"
import { randomSchedule } from "../../support/random-schedule.ts"
import { seeds } from "../../support/seeds.ts"
import { type Beside, leaseWithoutFence, staleFill, ToldSchedule } from "../../support/told-schedule.ts"

const failure = { kind: "check", message: "wrong" }

/** The lines under a heading. */
function sectionOf(text: string, heading: string): readonly string[] {
  const section = text.split("\n\n").find((each) => each.startsWith(heading))
  return section === undefined ? [] : section.split("\n").slice(1)
}

function reportOf(steps: readonly Step[], more: object = {}): string {
  return reportText({ failure: { ...failure, ...more }, steps })
}

describe("the report", () => {
  it("tells a stale fill as a story", () => {
    const { steps, seen } = staleFill()
    const coverage = new Coverage()
    coverage.add(steps)
    const tree = "root one_for_one\n└─ wiki:cache running"
    const text = reportText({
      failure: {
        kind: "finally",
        name: "fresh",
        message: "the page says final, and its readers are shown draft for good",
        step: seen,
        tree,
      },
      steps,
      replay: "PIGEONHOLE_SCHEDULE=1.l99jgc.c.0:1 npx vitest run wiki",
      coverage: { ...coverage.summary(), neverTrue: ["cleared"] },
    })
    const [before, diagram, after] = text.split(/(?=The same as a diagram)|(?=\n\nThe tree then)/)
    expect(`${before}…${after}`).toBe(STALE_FILL)
    expect(diagram?.split("\n")).toHaveLength(1 + 1 + 19 + 2)
  })

  it("says of a request and its answer in one line, of a timer and its tick, too", () => {
    const told = new ToldSchedule()
    const ask = told.ask("a", "store", "get")
    const tick = told.tell("clock", "a", "retry")
    told.go(told.timer("a", "retry"), { sends: [tick] })
    told.take(tick, { sends: [ask] })
    const refusal = told.reply(ask, true)
    told.take(ask, { sends: [refusal] })
    told.take(refusal, { sends: [told.tell("a", "b", "failed")] })
    expect(sectionOf(reportOf(told.steps), "What led to it")).toEqual([
      "  0–1        the timer `retry` of a fires, and a asks store `get`",
      "  2–3        store answers a's `get` with a failure, and a sends b `failed`",
      "  on its way then: a's `failed` for b",
    ])
  })

  it("says it in two where something is out of the ordinary, was noted, or came between", () => {
    const lines = (beside: Beside, between = false): readonly string[] => {
      const told = new ToldSchedule()
      const ask = told.ask("a", "store", "get")
      const reply = told.reply(ask)
      told.take(ask, { sends: [reply] })
      if (between) told.go(told.start("b"))
      told.take(reply, beside)
      return sectionOf(reportOf(told.steps, { actors: ["a"] }), "What led to it").map((line) => line.trim().split(/ +/)[0] ?? "")
    }
    expect(lines({})).toEqual(["0–1"])
    expect(lines({ instead: new ToldSchedule().start("c") })).toEqual(["0", "1"])
    expect(lines({ notes: ["late"] })).toEqual(["0", "1"])
    expect(lines({}, true)).toEqual(["0", "2"])
  })

  it("says in a line of its own what is out of the ordinary, or was noted", () => {
    const { steps } = leaseWithoutFence()
    const lines = sectionOf(reportOf(steps), "What led to it").map((line) => line.trim())
    expect(lines).toContain("9     [1]   the timer `lease is over` of leases fires (lease of job-1 lost)")
    expect(lines.some((line) => line.startsWith("16    [2]   app:archive crashes while it handles `flush` (crash: Error: disk full"))).toBe(
      true,
    )
  })

  it("says of all that was sent who has sent it, and to whom", () => {
    const told = new ToldSchedule()
    const kept = told.ask("b", "a", "wait")
    const sends = [
      told.reply(kept),
      told.tell("a", "c", "go"),
      { ...told.tell("z", "c", "DOWN"), kind: "signal" as const },
      told.ask("a", "d", "x"),
    ]
    told.go(told.start("a"), { sends })
    expect(sectionOf(reportOf(told.steps), "What led to it").slice(0, 2)).toEqual([
      "  0          a starts, and replies to b's `wait` and sends c `go`, and z signals c `DOWN`, and 1",
      "             more is sent",
    ])
  })

  it("says who waits for whom, and where they go in a circle", () => {
    const waits = [
      { actor: "outside", on: "a", what: "run" },
      { actor: "a", on: "b", what: "get" },
      { actor: "a", on: "c", what: "" },
      { actor: "b", on: "a", what: "put" },
      { actor: "c", on: undefined, what: "fetch" },
    ]
    expect(sectionOf(reportOf([], { waits }), "Who waits for whom")).toEqual([
      "  the scenario waits for a to answer `run`",
      "  a waits for b to answer `get`",
      "  a waits for c",
      "  b waits for a to answer `put`",
      "  c waits for something outside: `fetch`",
      "  in a circle: a → b → a",
    ])
    expect(reportOf([], { waits: waits.slice(0, 3) })).not.toContain("circle")
    expect(reportOf([], { waits: [{ actor: "a", on: "a", what: "x" }] })).toContain("in a circle: a → a")
    const diamond = ["a b", "a c", "b d", "c d"].map((edge) => ({ actor: edge[0] ?? "", on: edge[2], what: "x" }))
    expect(reportOf([], { waits: diamond })).not.toContain("circle")
    const chain = Array.from({ length: 20_000 }, (_, number) => ({ actor: `p${number}`, on: `p${number + 1}`, what: "x" }))
    expect(sectionOf(reportOf([], { waits: chain }), "Who waits for whom").at(-1)).toBe("  and 19980 more")
  })

  it("names what was broken once, and leaves the sentence as it is where it says nothing of it", () => {
    const headOf = (kind: string, name: string, message: string): string => reportOf([], { kind, name, message }).split("\n")[0] ?? ""
    expect(headOf("history", "app:x", "app:x: b's get gave 1")).toBe("history app:x: b's get gave 1")
    expect(headOf("eventually", "served", "served has not come to be")).toBe("eventually served: has not come to be")
    expect(headOf("always", "few", "few: Error: no")).toBe("always few: Error: no")
    expect(headOf("finally", "few", "fewer than two")).toBe("finally few: fewer than two")
    expect(headOf("finally", "few", "few")).toBe("finally few: few")
    expect(headOf("check", "", "two were sold")).toBe("check: two were sold")
  })

  it("has something to say of an empty schedule", () => {
    expect(reportOf([], { kind: "start", message: "the tree could not be started", details: "Error: x\n  at y" })).toBe(
      [
        "start: the tree could not be started",
        "Seen before the first step",
        "  Error: x",
        "    at y",
        "",
        "What was out of the ordinary",
        "  nothing: each process ran until it waited, and no fault fell",
      ].join("\n"),
    )
  })

  it("has no diagram where nobody was told anything", () => {
    const told = new ToldSchedule()
    told.go(told.start("a"))
    const report = reportOf(told.steps)
    expect(sectionOf(report, "What led to it")).toEqual(["  0          a starts"])
    expect(report).not.toContain("diagram")
  })

  it("shows neither more of a tree than has room, nor what a terminal takes for instructions", () => {
    const text = reportOf([], { tree: `${"x".repeat(500)}\n${"\u001b[31mred\n".repeat(200)}` })
    const tree = sectionOf(text, "The tree then")
    expect(tree).toHaveLength(81)
    expect([tree[0]?.length, tree[1], tree.at(-1)]).toEqual([100, "  red", "  …"])
  })

  it("has no line of more than 100 columns, but for the diagram and the line to be copied", () => {
    const labels = ["a", "outside", "app:a-very-long-label-of-a-service-of-some-tenant-17", "大".repeat(60), "\u001b[31m\n"]
    fc.assert(
      fc.property(randomSchedule(labels, ["get", "x".repeat(200)]), fc.string({ unit: "binary" }), (steps, text) => {
        const coverage = new Coverage()
        coverage.add(steps)
        const waits = labels.map((actor) => ({ actor, on: text, what: text }))
        const report = reportText({
          failure: { kind: text, name: text, message: text, tree: text, waits },
          steps,
          coverage: coverage.summary(),
        })
        for (const section of report.split("\n\n").filter((each) => !each.startsWith("The same as a diagram"))) {
          for (const line of section.split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(100)
        }
        expect(report).not.toMatch(/(?!\n)\p{Cc}/u)
      }),
      seeds(25, 8),
    )
  })

  it("is of bounded length, and soon made, of 2000 steps each of which is out of the ordinary", () => {
    const told = new ToldSchedule()
    for (let number = 0; number < 1000; number++) {
      const ask = told.ask(`caller-${number % 40}`, `server-${number % 7}`, `operation-${number % 5}`)
      told.go(told.turn(`caller-${number % 40}`), { sends: [ask], instead: told.start(`late-${number}`) })
      told.take(ask, { instead: told.start(`later-${number}`), sends: [told.reply(ask)] })
    }
    const started = process.cpuUsage()
    const [text, page] = [reportOf(told.steps), sequencePage({ failure, steps: told.steps })]
    const { user, system } = process.cpuUsage(started)
    expect(sectionOf(text, "What was out of the ordinary").at(-1)).toBe("  and 1980 more")
    expect(text.split("\n").length).toBeLessThan(350)
    expect(page.length).toBeLessThan(800_000)
    // Some 200 ms; what is quadratic, in steps of a label each, takes many times that.
    expect((user + system) / 1000).toBeLessThan(3000)
  })
})

const STALE_FILL = `finally fresh: the page says final, and its readers are shown draft for good
Seen in step 22, at 0 ms

What was out of the ordinary
  [1]  the reply to \`read\` reaches reader after writer's \`write\` and \`delete\`

What led to it (19 of 23 steps)
  0           database starts
  1           wiki:cache starts
  3           reader starts, and asks database \`version\`
  4–5         database answers reader's \`version\`, and reader asks wiki:cache \`get\`
  6–7         wiki:cache answers reader's \`get\`, and reader asks database \`read\`
  8           database handles reader's \`read\`, and replies
  9     [1]   writer starts, and asks wiki:cache \`has\`
  10–11       wiki:cache answers writer's \`has\`, and writer asks database \`write\`
  13–14       database answers writer's \`write\`, and writer asks wiki:cache \`delete\`
  15          wiki:cache handles writer's \`delete\`, and replies
  17    [1]   the reply to \`read\` reaches reader, and reader asks wiki:cache \`set\`
  18          wiki:cache handles reader's \`set\`, and replies
  20          the scenario has its turn (\`setImmediate\`), and asks wiki:cache \`get\`
  21–22       wiki:cache answers the scenario's \`get\`

…

The tree then
  root one_for_one
  └─ wiki:cache running

To see it again
  PIGEONHOLE_SCHEDULE=1.l99jgc.c.0:1 npx vitest run wiki

What was tried
  1 schedule of 23 steps, 4 % of them with a choice
  never true in any schedule: \`cleared\`
  wiki:cache: 2 of 5 pairs of messages in both orders; always \`set\` before \`get\`, \`has\` before \`set\`
  and \`delete\` before \`set\`
  database: 0 of 2 pairs of messages in both orders; always \`version\` before \`write\` and \`read\`
  before \`write\``
