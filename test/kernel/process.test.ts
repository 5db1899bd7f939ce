import { beforeEach, describe, expect, it } from "vitest"
import { Internal, Unavailable } from "../../src/kernel/errors.ts"
import type { ExitReason } from "../../src/kernel/exit-reason.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import type { KernelEvent } from "../../src/kernel/trace.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import { type HookedProcess, launch, UNANSWERED } from "../support/hooked-process.ts"
import { latch } from "../support/latch.ts"
import { type Watched, watch } from "../support/watched.ts"

let time: VirtualTime
let kernel: Kernel
let events: KernelEvent[]

beforeEach(() => {
  time = virtualTime()
  kernel = new Kernel(time)
  events = []
  kernel.trace = (event) => events.push(event)
})

function ask(target: HookedProcess, message: unknown): Watched {
  return watch(kernel.ask(target.inbox, undefined, message, undefined, 5000))
}

function tell(target: HookedProcess, ...messages: unknown[]): void {
  for (const message of messages) kernel.tell(target.inbox, undefined, message, undefined)
}

function endOf(target: HookedProcess): ExitReason[] {
  const reasons: ExitReason[] = []
  target.onEnded((reason) => reasons.push(reason))
  return reasons
}

function deadLetters(): unknown[] {
  return events.flatMap((event) => (event.type === "dead_letter" ? [event.message] : []))
}

const boom = new Error("boom")
const raise = (): never => {
  throw boom
}

describe("start", () => {
  it("happens at the first turn, before any message", async () => {
    const seen: unknown[] = []
    const target = launch(kernel, { start: () => void seen.push("start"), handle: (message) => void seen.push(message) })
    tell(target, "a")
    expect(seen).toEqual([])
    await time.settle()
    expect(seen).toEqual(["start", "a"])
  })

  it("that takes its time makes the messages wait, in order", async () => {
    const ready = latch()
    const seen: unknown[] = []
    const started: unknown[] = []
    const target = launch(kernel, { start: () => ready.promise, handle: (message) => void seen.push(message) })
    target.onStarted((failure) => started.push(failure))
    tell(target, "a", "b")
    await time.settle()
    expect([seen, started, target.isStarted]).toEqual([[], [], false])
    ready.open()
    await time.settle()
    expect([seen, started, target.isStarted]).toEqual([["a", "b"], [undefined], true])
    target.onStarted((failure) => started.push(failure))
    expect(started).toEqual([undefined, undefined])
  })

  it.each([
    ["throws", raise],
    ["rejects", () => Promise.reject(boom)],
  ])("that %s ends the process: it is told, its messages are given back, terminate does not run", async (_how, start) => {
    const terminated: ExitReason[] = []
    const target = launch(kernel, { start, terminate: (reason) => void terminated.push(reason) })
    const [ends, starts]: [ExitReason[], unknown[]] = [endOf(target), []]
    target.onStarted((failure) => starts.push(failure))
    const asked = ask(target, "a")
    tell(target, "b")
    await time.settle()
    expect([ends, starts]).toEqual([[{ error: boom }], [{ error: boom }]])
    expect([target.status, target.pid.isAlive, kernel.processes.size, terminated]).toEqual(["ended", false, 0, []])
    expect(asked.error).toMatchObject({ kind: "UNAVAILABLE", cause: boom })
    expect(deadLetters()).toEqual(["b"])
  })

  it("that never comes to an end is ended by an exit, without terminate", async () => {
    const terminated: ExitReason[] = []
    const target = launch(kernel, { start: () => new Promise(() => {}), terminate: (reason) => void terminated.push(reason) })
    const ends = endOf(target)
    await time.settle()
    target.urge({ type: "exit", reason: "shutdown" })
    await time.settle()
    expect([ends, terminated]).toEqual([["shutdown"], []])
  })

  it("that is over after its process was told to exit changes nothing", async () => {
    const ready = latch()
    const seen: unknown[] = []
    const target = launch(kernel, { start: () => ready.promise, handle: (message) => void seen.push(message) })
    await time.settle()
    target.urge({ type: "exit", reason: "kill" })
    await time.settle()
    ready.open()
    await time.settle()
    expect([target.status, target.isStarted, seen]).toEqual(["ended", false, []])
  })
})

describe("a crash", () => {
  it.each([
    ["throws", raise],
    ["rejects", async () => raise()],
  ])(
    "by a handler that %s fails its own request with Internal and the others with Unavailable, and with the cause its own alone",
    async (_how, handle) => {
      const target = launch(kernel, { handle }, "target")
      const ends = endOf(target)
      const [own, waiting] = [ask(target, "own"), ask(target, "waiting")]
      tell(target, "one-way")
      await time.settle()
      expect(own.error).toBeInstanceOf(Internal)
      expect(waiting.error).toBeInstanceOf(Unavailable)
      expect([own.error, waiting.error].map((error) => (error as Error).cause)).toEqual([boom, undefined])
      expect(deadLetters()).toEqual(["one-way"])
      expect(ends).toEqual([{ error: boom }])
      expect({ ...kernel.counters }).toMatchObject({ accepted: 3, handled: 1, returned: 1, reported: 1 })
    },
  )

  it("runs terminate with the error", async () => {
    const reasons: ExitReason[] = []
    const target = launch(kernel, { handle: raise, terminate: (reason) => void reasons.push(reason) })
    tell(target, "a")
    await time.settle()
    expect(reasons).toEqual([{ error: boom }])
  })

  it.each([
    ["throws", raise],
    ["rejects", () => Promise.reject(boom)],
  ])("of terminate, which %s, is the reason the process ended for", async (_how, terminate) => {
    const target = launch(kernel, { terminate })
    const ends = endOf(target)
    await time.settle()
    target.urge({ type: "stop", reason: "shutdown" })
    await time.settle()
    expect(ends).toEqual([{ error: boom }])
  })
})

describe("stop", () => {
  it("comes before the messages that wait, which are given back", async () => {
    const seen: unknown[] = []
    const target = launch(kernel, { handle: (message) => void seen.push(message) })
    await time.settle()
    tell(target, "a")
    target.urge({ type: "stop", reason: "shutdown" })
    await time.settle()
    expect([seen, deadLetters(), target.status]).toEqual([[], ["a"], "ended"])
  })

  it("waits for the asynchronous handler that runs, whose caller gets its reply; what waits behind it is handed back at once", async () => {
    const work = latch<string>()
    const target = launch(kernel, { handle: () => work.promise })
    const ends = endOf(target)
    const [running, waiting] = [ask(target, "running"), ask(target, "waiting")]
    await time.settle()
    target.urge({ type: "stop", reason: "shutdown" })
    await time.settle()
    expect([ends, running.state, waiting.state]).toEqual([[], "pending", "rejected"])
    expect(waiting.error).toBeInstanceOf(Unavailable)
    work.open("done")
    await time.settle()
    expect([ends, running.value]).toEqual([["shutdown"], "done"])
  })
})

describe("exit", () => {
  it("before its first turn: it does not start, and hands back what came; told to stop, it starts first", async () => {
    const story: string[] = []
    const target = launch(kernel, { start: () => void story.push("start"), terminate: () => void story.push("terminate") })
    target.onEnded((reason) => story.push(`ended ${reason}`))
    const answer = watch(kernel.ask(target.inbox, undefined, "early", undefined, 5000))
    target.urge({ type: "exit", reason: "killed" })
    await time.settle()
    expect(story).toEqual(["ended killed"])
    expect(answer.error).toMatchObject({ kind: "UNAVAILABLE" })
    const stopped = launch(kernel, { start: () => void story.push("start"), terminate: () => void story.push("terminate") })
    stopped.urge({ type: "stop", reason: "shutdown" })
    await time.settle()
    expect(story.slice(1)).toEqual(["start", "terminate"])
  })

  it("ends at once, while a handler runs: its request fails with the reason, and what it gives later changes nothing", async () => {
    const work = latch<string>()
    const target = launch(kernel, { handle: () => work.promise })
    const ends = endOf(target)
    const running = ask(target, "running")
    await time.settle()
    const { signal } = target
    target.urge({ type: "exit", reason: "shutdown" })
    await time.settle()
    expect(ends).toEqual(["shutdown"])
    expect(running.error).toBeInstanceOf(Unavailable)
    expect([signal.aborted, signal.reason]).toEqual([true, expect.any(Unavailable)])
    work.open("late")
    await time.settle()
    expect([running.state, target.status, ends]).toEqual(["rejected", "ended", ["shutdown"]])
  })

  it("takes effect before a stop that waits for a handler", async () => {
    const target = launch(kernel, { handle: () => new Promise(() => {}) })
    const ends = endOf(target)
    tell(target, "a")
    await time.settle()
    target.urge({ type: "stop", reason: "shutdown" })
    await time.settle()
    expect(ends).toEqual([])
    target.urge({ type: "exit", reason: { error: boom } })
    await time.settle()
    expect(ends).toEqual([{ error: boom }])
  })

  it("happens once: the first reason counts", async () => {
    const target = launch(kernel)
    const ends = endOf(target)
    await time.settle()
    target.urge({ type: "exit", reason: "normal" })
    target.urge({ type: "exit", reason: { error: boom } })
    target.urge({ type: "exit", reason: "kill" })
    await time.settle()
    expect(ends).toEqual(["normal"])
    expect([kernel.counters.exited, events.filter(({ type }) => type === "exited").length]).toEqual([1, 1])
  })
})

describe("terminate", () => {
  it("that takes its time holds the end, and nobody else: what is sent meanwhile is refused at once, without a turn", async () => {
    const cleared = latch()
    const target = launch(kernel, { terminate: () => cleared.promise })
    const ends = endOf(target)
    await time.settle()
    target.urge({ type: "stop", reason: "shutdown" })
    await time.settle()
    const asked = ask(target, "a")
    tell(target, "b")
    let turns = 0
    const { turn } = target
    target.turn = () => {
      turns += 1
      return turn.call(target)
    }
    await time.settle()
    expect([ends, asked.state, turns]).toEqual([[], "rejected", 0])
    expect([asked.error, deadLetters()]).toEqual([expect.any(Unavailable), ["b"]])
    cleared.open()
    await time.settle()
    expect(ends).toEqual(["shutdown"])
    expect({ ...kernel.counters }).toMatchObject({ accepted: 0, handled: 0, refused: 2 })
  })

  it("that hangs is cut short by a kill", async () => {
    const target = launch(kernel, { terminate: () => new Promise(() => {}) })
    const ends = endOf(target)
    await time.settle()
    target.urge({ type: "stop", reason: "shutdown" })
    await time.settle()
    target.urge({ type: "exit", reason: "kill" })
    await time.settle()
    expect([ends, kernel.processes.size]).toEqual([["killed"], 0])
  })

  it("may give back anything: only what takes its time is waited for", async () => {
    const target = launch(kernel, { terminate: () => 5 as never })
    const ends = endOf(target)
    await time.settle()
    target.urge({ type: "stop", reason: "shutdown" })
    await time.settle()
    expect(ends).toEqual(["shutdown"])
  })

  it("does not run at a kill", async () => {
    const terminated: ExitReason[] = []
    const target = launch(kernel, { terminate: (reason) => void terminated.push(reason) })
    const ends = endOf(target)
    await time.settle()
    target.urge({ type: "exit", reason: "kill" })
    await time.settle()
    expect([ends, terminated]).toEqual([["killed"], []])
  })
})

describe("a turn", () => {
  it("handles at most 128 messages of one process before the next one has its own", async () => {
    const seen: string[] = []
    const [one, other] = ["a", "b"].map((name) => launch(kernel, { handle: () => void seen.push(name) }))
    for (let i = 0; i < 200; i += 1) for (const target of [one, other]) if (target !== undefined) tell(target, i)
    await time.settle()
    expect(seen.indexOf("b")).toBe(128)
    expect(seen.lastIndexOf("a")).toBe(128 + 128 + 72 - 1)
    expect(seen).toHaveLength(400)
  })

  it("is passed over by messages whose time has run out", async () => {
    const first = latch()
    const target = launch(kernel, { handle: (message) => (message === "first" ? first.promise : message) })
    tell(target, "first")
    for (let i = 0; i < 300; i += 1) kernel.ask(target.inbox, undefined, i, undefined, 10).catch(() => {})
    const last = ask(target, "last")
    await time.advance(10)
    first.open()
    await time.settle()
    expect(last.value).toBe("last")
    expect({ ...kernel.counters }).toMatchObject({ accepted: 302, handled: 2, returned: 300, timeouts: 300 })
  })
})

describe("a marker", () => {
  it("runs when the process has come to it, and no handler sees it", async () => {
    const seen: unknown[] = []
    const target = launch(kernel, { handle: (message) => void seen.push(message) })
    tell(target, "before")
    kernel.signal(target.inbox, "marker", () => seen.push("marker"))
    tell(target, "after")
    await time.settle()
    expect(seen).toEqual(["before", "marker", "after"])
  })
})

describe("leaveOpen", () => {
  it("keeps a request open after its handler, and fails it when the process ends unanswered", async () => {
    const leaveOpen = (_message: unknown, self: HookedProcess): unknown => {
      self.leaveOpen()
      return UNANSWERED
    }
    const target = launch(kernel, { handle: leaveOpen })
    const asked = ask(target, "a")
    await time.settle()
    expect(asked.state).toBe("pending")
    target.urge({ type: "exit", reason: "shutdown" })
    await time.settle()
    expect(asked.error).toMatchObject({ kind: "UNAVAILABLE", details: { reason: "shutdown" } })
    expect({ ...kernel.counters }).toMatchObject({ accepted: 1, handled: 1, returned: 0 })
  })
})

describe("label", () => {
  it("is the inbox's, and the pid where it has none: no error speaks of nobody", async () => {
    const [named, unnamed] = [launch(kernel, {}, "app:cache"), launch(kernel, { handle: () => new Promise(() => {}) })]
    expect([named.label, unnamed.label]).toEqual(["app:cache", "<2>"])
    const asked = ask(unnamed, "a")
    await time.advance(5000)
    expect(asked.error).toMatchObject({ message: "<2> did not answer message within 5000 ms", details: { target: "<2>" } })
  })
})

describe("what is traced", () => {
  it("says of each process that it was spawned and that it exited", async () => {
    const target = launch(kernel, {}, "app:cache")
    await time.settle()
    target.urge({ type: "exit", reason: "normal" })
    await time.settle()
    expect(events).toEqual([
      { type: "spawned", pid: target.pid, label: "app:cache", parent: undefined },
      { type: "exited", pid: target.pid, label: "app:cache", reason: "normal" },
    ])
    expect([kernel.counters.spawned, kernel.counters.exited]).toEqual([1, 1])
  })
})

describe("an end", () => {
  it("is seen to in all its steps, whatever one of them throws; each throw is reported", async () => {
    const faults: string[] = []
    kernel.faults = (what) => faults.push(what)
    kernel.witness = raise
    kernel.undertaker = raise
    kernel.trace = (event) => (event.type === "exited" ? raise() : undefined)
    const target = launch(kernel)
    await time.settle()
    target.adopt({ cancel: raise })
    target.onEnded(raise)
    const ends = endOf(target)
    target.urge({ type: "exit", reason: { error: boom } })
    await time.settle()
    expect([ends, target.status, kernel.processes.size]).toEqual([[{ error: boom }], "ended", 0])
    expect(faults).toHaveLength(5)
  })

  it("is not kept from being one where whoever is told of faults throws, too", async () => {
    kernel.faults = raise
    kernel.undertaker = raise
    const target = launch(kernel)
    const ends = endOf(target)
    target.urge({ type: "exit", reason: "shutdown" })
    await time.settle()
    expect(ends).toEqual(["shutdown"])
  })

  it("that takes its time hands back at once what waits for this incarnation", async () => {
    const target = launch(kernel, { terminate: () => new Promise(() => {}) })
    await time.settle()
    target.suspend()
    const waiting = ask(target, "a")
    tell(target, "b")
    target.urge({ type: "exit", reason: "shutdown" })
    await time.settle()
    expect([target.status, waiting.state, deadLetters(), target.inbox.size]).toEqual(["ending", "rejected", ["b"], 0])
  })
})
