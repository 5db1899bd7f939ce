import { inspect } from "node:util"
import { beforeEach, describe, expect, it } from "vitest"
import { askPid } from "../../src/kernel/ask.ts"
import { DEFAULT_TIMEOUT_MS, timeoutOf } from "../../src/kernel/ask-options.ts"
import { NO_LIMIT } from "../../src/kernel/envelope.ts"
import { Conflict, Invalid, PermissionDenied, Timeout, Unavailable } from "../../src/kernel/errors.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import type { Pid } from "../../src/kernel/pid.ts"
import { processOf } from "../../src/kernel/process-of.ts"
import { ProcessTimer } from "../../src/kernel/process-timer.ts"
import type { KernelEvent } from "../../src/kernel/trace.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import { collectGarbage } from "../support/garbage.ts"
import { type HookedProcess, launch } from "../support/hooked-process.ts"
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

function ask(target: HookedProcess, message: unknown, timeoutMs = DEFAULT_TIMEOUT_MS): Watched {
  return watch(kernel.ask(target.inbox, undefined, message, undefined, timeoutMs))
}

const silent = (): Promise<never> => new Promise(() => {})

describe("order", () => {
  it("is kept between one sender and one receiver, tells and asks alike", async () => {
    const seen: unknown[] = []
    const target = launch(kernel, { handle: (message) => seen.push(message) })
    for (let i = 0; i < 1000; i += 1) {
      if (i % 3 === 0) ask(target, i)
      else kernel.tell(target.inbox, undefined, i, undefined)
    }
    await time.settle()
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, i) => i))
  })

  it("is kept while an asynchronous handler waits: the next message is not begun before it is over", async () => {
    const seen: string[] = []
    const first = latch()
    const target = launch(kernel, {
      handle: async (message) => {
        seen.push(`begin ${message}`)
        if (message === "a") await first.promise
        seen.push(`end ${message}`)
      },
    })
    for (const message of ["a", "b"]) kernel.tell(target.inbox, undefined, message, undefined)
    await time.settle()
    expect(seen).toEqual(["begin a"])
    first.open()
    await time.settle()
    expect(seen).toEqual(["begin a", "end a", "begin b", "end b"])
  })
})

describe("ask", () => {
  it("gives the reply, and leaves nothing armed", async () => {
    const asked = ask(launch(kernel), "echo")
    await time.settle()
    expect(asked).toMatchObject({ state: "fulfilled", value: "echo" })
    expect([kernel.wheel.size, time.armedTimers]).toEqual([0, 0])
  })

  it("fails with Timeout when its time has run out, not before", async () => {
    const asked = ask(launch(kernel, { handle: silent }, "slow"), "x", 250)
    await time.advance(249)
    expect(asked.state).toBe("pending")
    await time.advance(1)
    expect(asked.error).toBeInstanceOf(Timeout)
    expect(asked.error).toMatchObject({ message: "slow did not answer message within 250 ms", details: { target: "slow", timeoutMs: 250 } })
    expect(kernel.counters.timeouts).toBe(1)
  })

  it("waits 5000 ms where its caller does not say", async () => {
    const target = launch(kernel, { handle: silent })
    const asked = watch(askPid(target.pid, undefined, "x"))
    await time.advance(4999)
    expect(asked.state).toBe("pending")
    await time.advance(1)
    expect(asked.error).toBeInstanceOf(Timeout)
  })

  it("waits for ever at Infinity, and arms nothing for it", async () => {
    const asked = ask(launch(kernel, { handle: silent }), "x", timeoutOf({ timeoutMs: Number.POSITIVE_INFINITY }))
    await time.settle()
    expect([kernel.wheel.size, time.armedTimers]).toEqual([0, 0])
    await time.advance(1e9)
    expect(asked.state).toBe("pending")
  })

  it("drops a late reply, counts it and says so", async () => {
    const answer = latch<string>()
    const asked = ask(launch(kernel, { handle: () => answer.promise }, "slow"), "x", 100)
    await time.advance(100)
    answer.open("late")
    await time.settle()
    expect(asked.error).toBeInstanceOf(Timeout)
    expect(kernel.counters.lateReplies).toBe(1)
    expect(events).toContainEqual({ type: "late_reply", target: "slow", operation: "message" })
  })

  it("that ran out of time while it waited reaches no handler", async () => {
    const first = latch()
    const seen: unknown[] = []
    const target = launch(kernel, {
      handle: (message) => {
        seen.push(message)
        return message === "first" ? first.promise : undefined
      },
    })
    kernel.tell(target.inbox, undefined, "first", undefined)
    const asked = ask(target, "second", 100)
    await time.advance(100)
    first.open()
    await time.settle()
    expect(asked.error).toBeInstanceOf(Timeout)
    expect(seen).toEqual(["first"])
    expect({ ...kernel.counters }).toMatchObject({ accepted: 2, handled: 1, returned: 1, lateReplies: 0 })
  })

  it("of a process that has ended fails at once, with noproc", async () => {
    const target = launch(kernel)
    target.urge({ type: "exit", reason: "shutdown" })
    await time.settle()
    const asked = watch(askPid(target.pid, undefined, "x"))
    await Promise.resolve()
    await Promise.resolve()
    expect(asked.error).toBeInstanceOf(Unavailable)
    // No other process will ever have its pid.
    expect(asked.error).toMatchObject({ retryable: false, details: { reason: "noproc" } })
    expect(time.armedTimers).toBe(0)
  })

  it("fails when its target ends, the one being handled and those that wait, not at the timeout, and not with what was thrown", async () => {
    const boom = new Error("boom")
    const target = launch(kernel, { handle: silent }, "target")
    const asked = [ask(target, "handled"), ask(target, "waiting")]
    await time.settle()
    target.urge({ type: "exit", reason: { error: boom } })
    await time.settle()
    for (const { error } of asked) {
      expect(error).toBeInstanceOf(Unavailable)
      expect(error).toMatchObject({ details: { target: "target" } })
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("boom")
    }
    expect([kernel.wheel.size, kernel.counters.handled, kernel.counters.returned]).toEqual([0, 1, 1])
  })

  it("to oneself fails at once with Conflict", async () => {
    const asked: Watched[] = []
    const target = launch(kernel, { handle: (_message, self) => void asked.push(ask(self, "me")) })
    kernel.tell(target.inbox, undefined, "go", undefined)
    await time.settle()
    expect(asked.map(({ error }) => error)).toEqual([expect.any(Conflict)])
    expect({ ...kernel.counters }).toMatchObject({ accepted: 1, refused: 1 })
    expect(time.armedTimers).toBe(0)
  })

  it("of another process from within a handler is no ask to oneself", async () => {
    const other = launch(kernel)
    const asked: Watched[] = []
    const target = launch(kernel, { handle: () => void asked.push(ask(other, "you")) })
    kernel.tell(target.inbox, undefined, "go", undefined)
    await time.settle()
    expect(asked.map(({ value }) => value)).toEqual(["you"])
  })

  it("of a guarded process is denied, and reported", async () => {
    const target = launch(kernel, {}, "app:cache")
    target.guard = "all"
    const asked = watch(askPid(target.pid, undefined, "x"))
    expect(kernel.send(target.pid, undefined, "y")).toBe(false)
    await time.settle()
    expect(asked.error).toBeInstanceOf(PermissionDenied)
    expect(events.filter(({ type }) => type === "dead_letter")).toEqual([
      { type: "dead_letter", target: "app:cache", message: "x", cause: "denied" },
      { type: "dead_letter", target: "app:cache", message: "y", cause: "denied" },
    ])
    expect({ ...kernel.counters }).toMatchObject({ accepted: 0, refused: 2 })
  })
})

describe("timeoutOf", () => {
  it.each([0, -1, Number.NaN])("refuses %s", (timeoutMs) => expect(() => timeoutOf({ timeoutMs })).toThrow(Invalid))

  it("rounds a fraction up, takes Infinity for no limit, and 5000 where nothing is said", () => {
    expect([
      timeoutOf({ timeoutMs: 0.5 }),
      timeoutOf({ timeoutMs: Number.POSITIVE_INFINITY }),
      timeoutOf({}),
      timeoutOf(undefined),
    ]).toEqual([1, NO_LIMIT, 5000, 5000])
  })
})

describe("deadlines", () => {
  it("use one host timer for all, and none once everything is settled", async () => {
    const answer = latch<string>()
    const target = launch(kernel, { handle: () => answer.promise })
    const asked = Array.from({ length: 100 }, (_, i) => ask(target, i, 1000 + i))
    await time.settle()
    expect([kernel.wheel.size, time.armedTimers]).toEqual([100, 1])
    answer.open("done")
    await time.settle()
    expect(asked.every(({ state }) => state === "fulfilled")).toBe(true)
    expect(kernel.wheel.size).toBe(0)
    await time.advance(2000)
    expect(time.armedTimers).toBe(0)
    expect(kernel.counters.timeouts).toBe(0)
  })

  it("come in their order, whatever order they were asked in", async () => {
    const target = launch(kernel, { handle: silent })
    const order: number[] = []
    for (const ms of [70_000, 10, 400, 33, 31]) kernel.ask(target.inbox, undefined, ms, undefined, ms).catch(() => order.push(ms))
    await time.advance(100_000)
    expect(order).toEqual([10, 31, 33, 400, 70_000])
    expect(time.armedTimers).toBe(0)
  })

  it("hold no memory once their request is settled, however far off they were", async () => {
    const target = launch(kernel, { handle: () => "done" })
    const asked = (): [WeakRef<object>, Watched] => {
      const message = { large: true }
      return [new WeakRef(message), ask(target, message, 3_600_000)]
    }
    const [message, watched] = asked()
    await time.settle()
    expect(watched.value).toBe("done")
    await collectGarbage()
    expect(message.deref()).toBeUndefined()
  })

  it("never fire after dispose, and no host timer is left", async () => {
    const asked = ask(launch(kernel, { handle: silent }), "x", 100)
    await time.settle()
    kernel.dispose()
    expect(time.armedTimers).toBe(0)
    await time.advance(1000)
    expect(asked.state).toBe("pending")
  })
})

describe("the clock", () => {
  it("is read once a message, and anew for the next, in the same turn too: a slow one changes no other's time", async () => {
    const readings: number[] = []
    let now = 0
    const host = { ...time, now: () => ++now }
    const busy = new Kernel(host)
    const target = launch(busy, { handle: () => void readings.push(busy.now(), busy.now()) })
    for (let i = 0; i < 3; i += 1) busy.tell(target.inbox, undefined, i, undefined)
    await time.settle()
    const [first, again, second, , third] = readings
    expect(readings).toHaveLength(6)
    expect(again).toBe(first)
    expect(second).toBeGreaterThan(first ?? Number.NaN)
    expect(third).toBeGreaterThan(second ?? Number.NaN)
  })

  it("is read anew for a deadline: counted from the turn's beginning, it would come early", async () => {
    let lag = 0
    const slow = new Kernel({ ...time, now: () => time.now() + lag })
    let armedFor = 0
    const target = launch(slow, {
      handle: (message, self) => {
        if (message === "tick") return
        slow.now()
        lag = 50
        armedFor = new ProcessTimer(self, 10, "tick").deadline
      },
    })
    slow.tell(target.inbox, undefined, "go", undefined)
    await time.settle()
    expect(armedFor).toBe(60)
  })
})

describe("Pid", () => {
  it("is never reused, and counts up in the order of spawning", async () => {
    const first = launch(kernel)
    first.urge({ type: "exit", reason: "kill" })
    await time.settle()
    const second = launch(kernel)
    expect([first.pid.id, second.pid.id]).toEqual([1, 2])
    expect([`${first.pid}`, JSON.stringify(second.pid)]).toEqual(["<1>", '"<2>"'])
  })

  it("leads to its process while that lives, and keeps nothing of it after", async () => {
    const pidOf = (): [Pid, WeakRef<HookedProcess>] => {
      const process = launch(kernel)
      return [process.pid, new WeakRef(process)]
    }
    const [pid, process] = pidOf()
    expect([pid.isAlive, processOf(pid)?.pid === pid]).toEqual([true, true])
    processOf(pid)?.urge({ type: "exit", reason: "normal" })
    await time.settle()
    expect([pid.isAlive, processOf(pid)]).toEqual([false, undefined])
    events.length = 0
    await collectGarbage()
    expect(process.deref()).toBeUndefined()
  })
})

describe("send", () => {
  it("to a process that has ended gives false and reports the message", async () => {
    const target = launch(kernel)
    target.urge({ type: "exit", reason: "normal" })
    await time.settle()
    expect(kernel.send(target.pid, undefined, "too late")).toBe(false)
    expect(events).toContainEqual({ type: "dead_letter", target: "<1>", message: "too late", cause: "ended" })
  })
})
