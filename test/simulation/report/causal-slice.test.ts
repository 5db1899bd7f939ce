import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { causalSlice } from "../../../src/simulation/report/causal-slice.ts"
import type { ReportedFailure } from "../../../src/simulation/report/reported-failure.ts"
import type { Step } from "../../../src/simulation/schedule/step.ts"
import { randomSchedule } from "../../support/random-schedule.ts"
import { seeds } from "../../support/seeds.ts"
import { leaseWithoutFence, staleFill, ToldSchedule } from "../../support/told-schedule.ts"

const failure = (more: Partial<ReportedFailure> = {}): ReportedFailure => ({ kind: "finally", message: "wrong", ...more })
const indexes = (steps: readonly Step[], more?: Partial<ReportedFailure>): readonly number[] =>
  causalSlice(steps, failure(more)).map(({ index }) => index)

describe("the causal slice", () => {
  it("is of nothing where nothing happened", () => {
    expect(causalSlice([], failure())).toEqual([])
    expect(causalSlice(staleFill().steps, failure({ step: -1 }))).toEqual([])
  })

  it("leaves out who had nothing to do with it, and what was answered and led to nothing", () => {
    const { steps, seen } = staleFill()
    const left = steps.map(({ index }) => index).filter((index) => !indexes(steps, { step: seen }).includes(index))
    expect(left.map((index) => steps[index]?.choice).map((choice) => `${choice?.kind} ${choice?.what} ${choice?.actor}`)).toEqual([
      "start  counter",
      "message count counter",
      "reply delete writer",
      "reply set reader",
    ])
  })

  it("ends where the failure was seen", () => {
    const { steps } = staleFill()
    expect(indexes(steps, { step: 8 })).toEqual([0, 1, 3, 4, 5, 6, 7, 8])
  })

  it("begins with the last steps of the processes and the messages concerned", () => {
    const told = new ToldSchedule()
    for (const actor of ["a", "b", "c", "d"]) told.go(told.start(actor))
    const tell = told.tell("d", "c", "go")
    told.go(told.turn("d"), { sends: [tell] })
    told.go(told.turn("a"))
    expect(indexes(told.steps)).toEqual([0, 5])
    expect(indexes(told.steps, { actors: ["b"] })).toEqual([0, 1, 5])
    expect(indexes(told.steps, { messages: [tell.id] })).toEqual([0, 3, 4, 5])
    expect(indexes(told.steps, { waits: [{ actor: "b", on: "c", what: "x" }] })).toEqual([0, 1, 2, 5])
  })

  it("keeps every deviation where nobody knows who is concerned", () => {
    const told = new ToldSchedule()
    const put = told.start("c")
    told.go(told.start("a"), { instead: put })
    told.befall({ kind: "crash", actor: "b", what: "" })
    told.go(put)
    told.go(told.start("d"))
    told.go(told.start("e"))
    expect(indexes(told.steps)).toEqual([0, 1, 2, 4])
    // `b` has done nothing but to crash: nobody can say that it is apart.
    expect(indexes(told.steps, { actors: ["d"] })).toEqual([1, 3, 4])
  })

  it("keeps what a process that a fault befell does afterwards, and has led to it", () => {
    const told = new ToldSchedule()
    const [first, second] = [told.ask("caller", "b", "run"), told.ask("caller", "b", "run")]
    told.go(told.start("caller"), { sends: [first] })
    told.go(told.start("noise"))
    told.befall({ kind: "crash", actor: "b", what: "run" })
    told.go(told.start("b"))
    told.go(told.turn("caller"), { sends: [second] })
    told.take(second)
    told.go(told.turn("host"))
    expect(indexes(told.steps)).toEqual([0, 2, 3, 4, 5, 6])
    expect(indexes(told.steps, { actors: ["noise"] })).toEqual([1, 6])
    expect(indexes(told.steps, { step: 3 })).toEqual([2, 3])
  })

  it("keeps what has put off a step that is in it, and what put one of its processes off for ever", () => {
    const told = new ToldSchedule()
    const late = told.start("a")
    const never = told.tell("x", "a", "hello")
    told.go(told.start("noise"), { instead: late })
    told.go(late)
    told.go(told.start("din"), { instead: told.taking(never) })
    told.go(told.start("din"))
    told.go(told.turn("a"))
    expect(indexes(told.steps, { actors: ["a"] })).toEqual([0, 1, 2, 4])
  })

  it("keeps a fault of one of its processes, and of nobody, and leaves out another's", () => {
    const told = new ToldSchedule()
    told.go(told.start("a"))
    told.go(told.start("b"))
    told.befall({ kind: "crash", actor: "b", what: "" })
    told.befall({ kind: "clock_jump", actor: "clock", what: "" })
    told.go(told.turn("a"))
    told.befall({ kind: "lost_reply", actor: "a", what: "get" })
    told.go(told.turn("c"))
    expect(indexes(told.steps, { actors: ["a"] })).toEqual([0, 3, 4, 5, 6])
  })

  it("goes from a message to its sender also where another's step has sent it", () => {
    const told = new ToldSchedule()
    const tell = told.tell("a", "b", "go")
    told.go(told.start("a"))
    told.go(told.start("c"), { sends: [tell] })
    told.take(tell)
    expect(indexes(told.steps, { actors: ["b"] })).toEqual([0, 1, 2])
  })

  it("goes from a start to what its starter did until then", () => {
    const told = new ToldSchedule()
    told.go(told.start("boss"))
    told.go(told.start("other"))
    told.go(told.turn("boss"))
    told.go(told.start("child", "boss"))
    expect(indexes(told.steps, { actors: ["child"] })).toEqual([0, 2, 3])
  })

  it("leads from a crash over the restart to what came of it", () => {
    const { steps, seen } = leaseWithoutFence()
    const slice = indexes(steps, { step: seen, actors: ["app:archive"] })
    expect(slice).toContain(16)
    expect(slice).not.toContain(2)
    expect(slice).not.toContain(3)
  })

  it("keeps with each step what its process did before, and where what it took was sent", () => {
    fc.assert(
      fc.property(randomSchedule(["a", "b", "c", "d", "e"], ["get", "set"]), fc.subarray(["a", "b", "c"]), (steps, actors) => {
        const slice = causalSlice(steps, failure({ actors }))
        const kept = new Set(slice.map(({ index }) => index))
        for (const step of actors.length === 0 ? slice : steps.filter((each) => reaches(steps, each, beginnings(steps, actors)))) {
          expect(kept.has(step.index)).toBe(true)
          if (actors.length === 0) for (const cause of causes(steps, step)) expect(kept.has(cause.index)).toBe(true)
        }
        if (actors.length === 0) expect(steps.filter(isDeviation).every(({ index }) => kept.has(index))).toBe(true)
      }),
      seeds(200, 8),
    )
  })
})

// -- the same, naively ---------------------------------------------------------------------------------------------

function actorOf({ choice, fault }: Step): string | undefined {
  return choice?.actor ?? fault?.actor
}

function isDeviation({ fault, instead }: Step): boolean {
  return fault !== undefined || instead !== undefined
}

function causes(steps: readonly Step[], step: Step): readonly Step[] {
  const own = steps.findLast((each) => each.index < step.index && actorOf(each) === actorOf(step))
  const sending = steps.find((each) => each.sent.some(({ id }) => id === step.took))
  return [own, sending].filter((each) => each !== undefined)
}

function beginnings(steps: readonly Step[], actors: readonly string[]): readonly Step[] {
  const last = actors.map((actor) => steps.findLast((each) => actorOf(each) === actor))
  return [...last, steps.at(-1)].filter((each) => each !== undefined)
}

function reaches(steps: readonly Step[], step: Step, ends: readonly Step[]): boolean {
  const open = [...ends]
  const done = new Set<Step>()
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === step) return true
    if (!done.has(at)) open.push(...causes(steps, at))
    done.add(at)
  }
  return false
}
