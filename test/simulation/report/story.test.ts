import { describe, expect, it } from "vitest"
import { deviationsOf } from "../../../src/simulation/report/story.ts"
import type { Choice, Fault, FaultKind } from "../../../src/simulation/schedule/step.ts"
import { leaseWithoutFence, staleFill, ToldSchedule } from "../../support/told-schedule.ts"

const sentences = (told: ToldSchedule): readonly string[] => deviationsOf(told.steps).map(({ sentence }) => sentence)

/** `a` and `b` have each asked `store`; `a` was asked first. */
function twoAskers(): { readonly told: ToldSchedule; readonly a: Choice; readonly b: Choice; readonly take: (choice: Choice) => void } {
  const told = new ToldSchedule()
  const [ofA, ofB] = [told.ask("a", "store", "get"), told.ask("b", "store", "set")]
  told.go(told.start("a"), { sends: [ofA] })
  told.go(told.start("b"), { sends: [ofB] })
  const take = (choice: Choice): void => void told.take(choice === told.taking(ofA) ? ofA : ofB)
  return { told, a: told.taking(ofA), b: told.taking(ofB), take }
}

describe("the story of a schedule", () => {
  it("has nothing to tell of one in which each runs until it waits", () => {
    const { told, a, b, take } = twoAskers()
    take(a)
    take(b)
    expect(deviationsOf(told.steps)).toEqual([])
  })

  it("says of a reply after whose messages it comes", () => {
    const { steps } = staleFill()
    const sentence = "the reply to `read` reaches reader after writer's `write` and `delete`"
    expect(deviationsOf(steps)).toEqual([{ number: 1, kind: "order", steps: [9], came: 17, sentence }])
  })

  it("says of a reply after whose message it comes, where both are one process's", () => {
    const told = new ToldSchedule()
    const get = told.ask("b", "store", "get")
    const set = told.ask("a", "store", "set")
    const answer = told.reply(get)
    told.go(told.start("b"), { sends: [get] })
    told.take(get, { sends: [answer] })
    told.go(told.start("a"), { sends: [set], instead: told.taking(answer) })
    told.answer(set)
    told.take(answer)
    expect(sentences(told)).toEqual(["the reply to `get` reaches b after a's `set`"])
  })

  it("names what came in between in its order, and nothing of who was put off", () => {
    const told = new ToldSchedule()
    const read = told.ask("reader", "database", "read")
    const log = told.tell("reader", "database", "log")
    const answer = told.reply(read)
    told.go(told.start("reader"), { sends: [read, log] })
    told.take(read, { sends: [answer] })
    told.take(log, { instead: told.taking(answer) })
    told.take(told.tell("writer", "cache", "delete"))
    told.take(told.tell("writer", "elsewhere", "noise"))
    told.take(told.tell("writer", "database", "write"))
    told.take(answer, { sends: [told.ask("reader", "cache", "set")] })
    expect(sentences(told)).toEqual(["the reply to `read` reaches reader after writer's `delete` and `write`"])
  })

  it("says of a timer before whom it fires, and how much time has passed for it", () => {
    const [timer] = deviationsOf(leaseWithoutFence().steps)
    expect(timer?.sentence).toBe(
      "the timer `lease is over` of leases fires, 30 s later, before <script>alert(1)</script> goes on with the reply to `acquire`",
    )
    expect(timer).toMatchObject({ steps: [6, 9, 10], came: 15 })
  })

  it("says of two messages of an inbox which came first", () => {
    const { told, a, take, b } = twoAskers()
    told.take({ ...sentOf(told, 1) }, { instead: a })
    take(a)
    expect(b.from).toBe("b")
    expect(sentences(told)).toEqual(["store handles b's `set` before a's `get`"])
  })

  it("says in short what two do alike", () => {
    const told = new ToldSchedule()
    const [toA, toB] = [told.tell("outside", "a", "sell"), told.tell("outside", "b", "sell")]
    told.go(told.turn("outside"), { sends: [toA, toB] })
    told.take(toB, { instead: told.taking(toA) })
    told.take(toA)
    expect(sentences(told)).toEqual(["b handles the scenario's `sell` before a does"])
  })

  it("says of the first messages of two that they are the first", () => {
    const told = new ToldSchedule()
    const [toA, toB] = [told.tell("outside", "a", "buy"), told.tell("outside", "b", "sell")]
    told.go(told.turn("outside"), { sends: [toA, toB] })
    told.take(toB, { instead: told.taking(toA) })
    told.take(toA)
    expect(sentences(told)).toEqual(["b handles its first message before a does"])
  })

  it("says of starts and of replies which came first", () => {
    const told = new ToldSchedule()
    const [a, b] = [told.start("a"), told.start("b")]
    const [ofA, ofB] = [told.ask("a", "x", "get"), told.ask("b", "x", "get")]
    told.go(b, { instead: a, sends: [ofB] })
    told.go(a, { sends: [ofA] })
    const [forA, forB] = [told.reply(ofA), told.reply(ofB)]
    told.take(ofA, { sends: [forA] })
    told.take(ofB, { sends: [forB] })
    told.take(forB, { instead: told.taking(forA) })
    told.take(forA)
    expect(sentences(told)).toEqual(["b starts before a does", "the reply to `get` reaches b before a has its own"])
  })

  it("counts what is called the same", () => {
    const told = new ToldSchedule()
    const asks = [1, 2].map(() => told.ask("a", "store", "has"))
    const other = told.tell("b", "c", "go")
    told.go(told.start("a"), { sends: asks })
    for (const ask of asks) told.take(ask)
    told.go(told.start("b"), { sends: [other] })
    const [first, second] = asks.map((ask) => told.reply(ask))
    if (first === undefined || second === undefined) throw new Error("two were asked")
    told.take(first)
    told.take(other, { instead: told.taking(second) })
    told.take(second)
    expect(sentences(told)).toEqual(["c handles b's `go` before a goes on with the reply to its second `has`"])
  })

  it("says of a timer that it is late, and after what", () => {
    const told = new ToldSchedule()
    const renew = told.ask("clerk", "leases", "renew")
    const over = told.timer("leases", "lease is over", 10)
    told.go(told.start("clerk"), { sends: [renew] })
    told.take(renew, { instead: over })
    told.go(over, { at: 10 })
    expect(sentences(told)).toEqual(["the timer `lease is over` of leases fires late, after clerk's `renew`"])
  })

  it("says of what never came that it has not", () => {
    const told = new ToldSchedule()
    const get = told.ask("a", "store", "get")
    const answer = told.reply(get)
    told.go(told.start("a"), { sends: [get] })
    told.take(get, { sends: [answer] })
    told.go(told.start("b"), { instead: told.taking(answer) })
    const tick = told.timer("b", "tick")
    told.go(told.turn("b", ""), { instead: tick })
    expect(sentences(told)).toEqual([
      "b starts, and the reply to `get` has not reached a by the end",
      "b has its turn, and the timer `tick` of b has not fired by the end",
    ])
  })

  it("tells what was put off again and again once", () => {
    const told = new ToldSchedule()
    const put = told.start("a")
    for (const actor of ["b", "c", "d"]) told.go(told.start(actor), { instead: put })
    told.go(put)
    expect(deviationsOf(told.steps)).toMatchObject([{ steps: [0, 1, 2], came: 3, sentence: "b starts before a does" }])
  })

  it("does not take the steps for places in a list", () => {
    const { steps } = staleFill()
    const later = steps.map((step) => ({ ...step, index: step.index + 100 }))
    expect(deviationsOf(later)).toMatchObject([{ steps: [109], came: 117 }])
  })

  it("makes one line of whatever a label holds", () => {
    const told = new ToldSchedule()
    told.befall({ kind: "crash", actor: "a\nb\u001b[31m\u202Ec\ud800", what: `x${"y".repeat(1000)}z`, when: "after" })
    expect(sentences(told)).toEqual([`a bc\ufffd crashes after it has handled \`x${"y".repeat(19)}…${"y".repeat(18)}z\``])
  })
})

/** What was sent in a step, the last of it. */
function sentOf(told: ToldSchedule, step: number) {
  const sent = told.steps[step]?.sent.at(-1)
  if (sent === undefined) throw new Error(`nothing was sent in ${step}`)
  return sent
}

describe("the story of a fault", () => {
  const told = (kind: FaultKind, more: Partial<Fault> = {}): string | undefined => {
    const schedule = new ToldSchedule()
    schedule.befall({ kind, actor: "stock", what: "take", ...more }, { at: 5000 })
    return sentences(schedule)[0]
  }

  it.each<[FaultKind, Partial<Fault>, string]>([
    ["crash", { when: "before" }, "stock crashes before it handles `take`"],
    ["crash", { when: "during" }, "stock crashes while it handles `take`"],
    ["crash", { when: "after" }, "stock crashes after it has handled `take`"],
    ["crash", {}, "stock crashes at `take`"],
    ["crash", { what: "" }, "stock crashes"],
    ["kill", { when: "before" }, "stock is killed before it handles `take`"],
    ["gives_up", { what: "" }, "stock gives up, as if at its limit of restarts"],
    ["start_fails", { what: "" }, "stock fails to start"],
    ["start_hangs", { what: "" }, "the start of stock hangs"],
    ["slow_handler", {}, "stock takes long over `take`"],
    ["slow_reply", {}, "the reply to `take` is slow to reach stock"],
    ["lost_reply", {}, "the reply to `take` is lost, and never reaches stock"],
    ["inbox_full", {}, "the inbox of stock is full when `take` comes"],
    ["small_inbox", { what: "1" }, "the inbox of stock had room for 1"],
    ["small_sweep", { actor: "stores", what: "1" }, "stores removed what was over one by one"],
    ["clock_jump", { actor: "clock", what: "" }, "the clock jumps ahead by 5 s"],
    ["policy_change", { actor: "policies", what: "" }, "the policies change"],
    ["policy_change", { actor: "policies", what: "set 1" }, "the policies change (`set 1`)"],
    ["external_fails", { actor: "bank", what: "call", when: "before" }, "bank fails at `call`, and has not done it"],
    ["database_fails", { actor: "a.db", what: "commit", when: "after" }, "a.db fails at `commit`, and has done it all the same"],
    ["caller_dies", { what: "" }, "stock dies with all that it holds"],
    ["caller_dies", { when: "after" }, "stock dies with all that it holds, after it has handled `take`"],
  ])("%s %o", (kind, more, sentence) => {
    expect(told(kind, more)).toBe(sentence)
  })
})
