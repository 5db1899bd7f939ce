/** A process at rest serves a request where it is asked. It must make no difference to anybody but the clock on the wall. */

import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import { askPid } from "../../src/kernel/ask.ts"
import { Unavailable } from "../../src/kernel/errors.ts"
import { heardBy, type Listener } from "../../src/kernel/hearing.ts"
import type { Inbox } from "../../src/kernel/inbox.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { actor } from "../../src/process/actor.ts"
import { spawn } from "../../src/process/spawn.ts"
import { taskStarter } from "../../src/task/task-starter.ts"
import { virtualTime } from "../../src/testing.ts"
import { Topology } from "../../src/topology/topology.ts"
import { type Hooks, launch, UNANSWERED } from "../support/hooked-process.ts"
import { latch } from "../support/latch.ts"
import { seeds } from "../support/seeds.ts"
import { watch } from "../support/watched.ts"

function broken(): never {
  throw new Error("boom")
}

async function stage(hooks: Hooks = {}) {
  const time = virtualTime()
  const kernel = new Kernel(time)
  const handled: unknown[] = []
  const handle: Hooks["handle"] = (message, process) => {
    handled.push(message)
    return hooks.handle === undefined ? message : hooks.handle(message, process)
  }
  const target = launch(kernel, { ...hooks, handle }, "target")
  await time.settle()
  const ask = (message: unknown, timeoutMs = 5000) => watch(kernel.ask(target.inbox, undefined, message, undefined, timeoutMs))
  const tell = (message: unknown) => kernel.tell(target.inbox, undefined, message, undefined)
  return { time, kernel, target, handled, ask, tell }
}

describe("a request to a process at rest", () => {
  it("is served where it is asked; its answer comes later all the same", async () => {
    const { time, ask, handled } = await stage()
    const answer = ask("a")
    expect([handled, answer.state]).toEqual([["a"], "pending"])
    await time.settle()
    expect(answer).toMatchObject({ state: "fulfilled", value: "a" })
  })

  it("stands behind what waits there", async () => {
    const { time, ask, tell, handled } = await stage()
    tell(1)
    ask(2)
    expect(handled).toEqual([])
    await time.settle()
    expect(handled).toEqual([1, 2])
  })

  it("waits for the process to start, to be done with the request before, to go on", async () => {
    const gate = latch<string>()
    const { time, kernel, target, ask, handled } = await stage({ handle: (message) => (message === "slow" ? gate.promise : message) })
    const starting = launch(kernel, {}, "starting")
    const early = watch(kernel.ask(starting.inbox, undefined, "early", undefined, 5000))
    expect(early.state).toBe("pending")
    await time.settle()
    const slow = ask("slow")
    const behind = ask("behind")
    expect(handled).toEqual(["slow"])
    gate.open("done")
    await time.settle()
    expect([early.value, slow.value, behind.value]).toEqual(["early", "done", "behind"])
    await time.settle()
    target.suspend()
    const suspended = ask("suspended")
    expect(handled).toEqual(["slow", "behind"])
    target.resume()
    await time.settle()
    expect(suspended.value).toBe("suspended")
  })

  it("waits where it is asked in another's turn: no handler runs within a handler", async () => {
    const { time, kernel, target, handled } = await stage()
    const order: unknown[] = []
    const asking = launch(kernel, {
      handle: async () => {
        const answer = kernel.ask(target.inbox, undefined, "inner", undefined, 5000)
        order.push(handled.length)
        await answer
        // Now outside of any turn.
        void kernel.ask(target.inbox, undefined, "after", undefined, 5000)
        order.push(handled.length)
      },
    })
    await time.settle()
    const outer = watch(kernel.ask(asking.inbox, undefined, "outer", undefined, 5000))
    await time.settle()
    expect([outer.state, order, handled]).toEqual(["fulfilled", [0, 2], ["inner", "after"]])
  })

  it("is one of a kind: what is asked next, before the drain that follows, is posted and sees the clock of its own time", async () => {
    const { time, ask, handled } = await stage()
    for (let count = 0; count < 10; count += 1) ask(count)
    expect(handled).toEqual([0])
    await time.settle()
    expect(handled).toHaveLength(10)
    ask("again")
    expect(handled.at(-1)).toBe("again")
  })

  describe("by somebody who is heard, and so goes on without the host", () => {
    const listener: Listener = { posted: () => {}, answered: () => {}, refused: () => {} }
    const heard = (kernel: Kernel, inbox: Inbox, message: unknown) =>
      heardBy(listener, () => watch(kernel.ask(inbox, undefined, message, undefined, 5000)))

    it("is served where it is asked, however many there were, until the host must have its turn", async () => {
      const { time, kernel, target, handled } = await stage()
      for (let count = 0; count < 10; count += 1) heard(kernel, target.inbox, count)
      expect(handled).toHaveLength(10)
      for (let count = 0; count < 40_000; count += 1) heard(kernel, target.inbox, count)
      expect(kernel.scheduler.isExhausted).toBe(true)
      expect(handled.length).toBeLessThan(20_000)
      await time.settle()
      expect(handled.slice(10)).toEqual(Array.from({ length: 40_000 }, (_, count) => count))
    })

    it("stands behind whoever waits for the drain", async () => {
      const { time, kernel, target, tell, handled } = await stage()
      const other = launch(kernel, {}, "other")
      await time.settle()
      kernel.tell(other.inbox, undefined, "first", undefined)
      heard(kernel, target.inbox, "second")
      expect(handled).toEqual([])
      await time.settle()
      tell("third")
      heard(kernel, target.inbox, "fourth")
      await time.settle()
      expect(handled).toEqual(["second", "third", "fourth"])
    })

    it("is posted behind a crash that is still to be carried out", async () => {
      const { time, kernel, target, handled } = await stage()
      const crashing = launch(kernel, { handle: broken }, "crashing")
      await time.settle()
      const failed = heard(kernel, crashing.inbox, "crash")
      heard(kernel, target.inbox, "behind")
      expect(handled).toEqual([])
      await time.settle()
      expect([failed.state, handled]).toEqual(["rejected", ["behind"]])
    })
  })

  it("takes no room beyond the capacity: where its handler keeps it, the next is posted", async () => {
    const time = virtualTime()
    const kernel = new Kernel(time)
    const topology = new Topology(kernel)
    const choosy = actor<undefined, unknown>(async (self) => void (await self.receive((message) => message === "never")))
    const context = {
      kernel,
      topology,
      acquire: () => expect.unreachable(),
      tasks: taskStarter(topology),
      tellWatchers: () => {},
      measured: () => {},
    }
    const pid = spawn(context, choosy, undefined, { inbox: { capacity: 2 } })
    await time.settle()
    const answers = []
    for (let count = 0; count < 10; count += 1) {
      answers.push(watch(askPid(pid, undefined, count, { timeoutMs: 1000 })))
      await time.settle()
    }
    expect(answers.map(({ state }) => state)).toEqual(["pending", "pending", ...new Array(8).fill("rejected")])
    await time.advance(1000)
  })

  it("that is left open has its time limit, and its answer when it comes", async () => {
    const gate = latch<string>()
    const { time, kernel, ask } = await stage({ handle: (message) => (message === "never" ? new Promise(() => {}) : gate.promise) })
    const answered = ask("later")
    await time.advance(4999)
    gate.open("late enough")
    await time.settle()
    expect(answered.value).toBe("late enough")
    const never = ask("never", 100)
    await time.advance(99)
    expect(never.state).toBe("pending")
    await time.advance(1)
    expect(never.error).toMatchObject({ kind: "TIMEOUT" })
    expect(kernel.counters.timeouts).toBe(1)
  })

  it("whose handler throws rejects, and ends the process; nothing is thrown at who asks", async () => {
    const ended: unknown[] = []
    const { time, kernel, target, ask } = await stage({
      handle: () => {
        throw new Error("boom")
      },
    })
    target.onEnded((reason) => ended.push(reason))
    const answer = ask("a")
    await time.settle()
    expect(answer.error).toMatchObject({ kind: "INTERNAL", cause: { message: "boom" } })
    expect(ended).toHaveLength(1)
    expect(kernel.processes.size).toBe(0)
    expect(ask("b")).toMatchObject({ state: "pending" })
  })

  it("that stops the process, or posts to it, has that done after it", async () => {
    const { time, kernel, target, ask, handled } = await stage({
      handle: (message, process) => {
        if (message === "post") kernel.tell(process.inbox, undefined, "posted", undefined)
        if (message === "stop") process.urge({ type: "stop", reason: "normal" })
        return message
      },
    })
    const posting = ask("post")
    expect(handled).toEqual(["post"])
    await time.settle()
    expect([handled, posting.value]).toEqual([["post", "posted"], "post"])
    const stopping = ask("stop")
    expect(target.status).toBe("ready")
    await time.settle()
    expect([stopping.value, target.status]).toEqual(["stop", "ended"])
  })

  it("reads the clock anew once what follows has run", async () => {
    const readings: number[] = []
    const { time, kernel, ask } = await stage({ handle: () => readings.push(kernel.now()) })
    ask(1)
    await time.advance(10)
    ask(2)
    const [first, second] = readings
    expect((second ?? 0) - (first ?? 0)).toBe(10)
  })

  it("is not served at once where somebody looks on, so that they see it as any other", async () => {
    const { time, target, ask, handled } = await stage()
    const seen: unknown[] = []
    target.observe((envelope) => void seen.push(envelope.argument))
    ask("a")
    expect(handled).toEqual([])
    await time.settle()
    expect([handled, seen]).toEqual([["a"], ["a"]])
  })

  it("is refused where the inbox is closed, though the process lives on; and served again when it is opened", async () => {
    const { time, target, ask, handled } = await stage()
    target.inbox.close(() => new Unavailable("closed"))
    const [refused] = [ask("a")]
    await time.settle()
    expect([refused.state, handled]).toEqual(["rejected", []])
    target.inbox.reopen()
    ask("b")
    expect(handled).toEqual(["b"])
  })

  describe("of somebody who has come alone for long", () => {
    /** So many that the drain behind them is left out most of the time. */
    async function alone(hooks: Hooks = {}) {
      const set = await stage(hooks)
      const { time, kernel, ask } = set
      const drains: boolean[] = []
      for (let count = 0; count < 100; count += 1) {
        ask(count)
        drains.push(kernel.scheduler.isScheduled)
        await time.settle()
      }
      while (kernel.scheduler.isScheduled) await time.settle()
      return { ...set, drains }
    }

    it("is followed by a drain only now and then", async () => {
      const { drains, handled } = await alone()
      expect(drains.slice(0, 16)).not.toContain(false)
      expect(drains.slice(16).filter((isFollowed) => isFollowed)).toHaveLength(6)
      expect(handled).toHaveLength(100)
    })

    it("is posted soon where others come with it, and all are served in order", async () => {
      const { time, kernel, ask, handled } = await alone()
      handled.length = 0
      for (let count = 0; count < 100; count += 1) ask(count)
      expect(handled.length).toBeLessThanOrEqual(16)
      await time.settle()
      expect(handled).toEqual(Array.from({ length: 100 }, (_, count) => count))
      ask("one")
      expect(kernel.scheduler.isScheduled).toBe(true)
      ask("other")
      expect(handled.at(-1)).toBe("one")
    })

    it("has its time limit where it is left open; the host is asked for no timer on a caller's stack", async () => {
      const { time, kernel, ask } = await alone({ handle: (message) => (message === "never" ? new Promise(() => {}) : message) })
      const setTimer = vi.spyOn(time, "setTimer")
      const never = ask("never", 100)
      expect([kernel.scheduler.isScheduled, setTimer.mock.calls.length]).toEqual([true, 0])
      await time.advance(99)
      expect([never.state, setTimer.mock.calls.length > 0]).toEqual(["pending", true])
      await time.advance(1)
      expect(never.error).toMatchObject({ kind: "TIMEOUT" })
    })

    it("ends the process where its handler throws", async () => {
      const { time, kernel, ask } = await alone({ handle: (message) => (message === "crash" ? broken() : message) })
      const failed = ask("crash")
      await time.settle()
      expect([failed.state, kernel.processes.size]).toEqual(["rejected", 0])
    })

    it("has one reading of the clock, and not that of the one before", async () => {
      const readings: number[][] = []
      let kernel: Kernel | undefined
      let isRead = false
      const stood = await alone({
        handle: () => {
          if (isRead) readings.push([kernel?.recently() ?? 0, kernel?.now() ?? 0])
          else kernel?.recently()
        },
      })
      kernel = stood.kernel
      const { time, ask } = stood
      stood.kernel.turn.isOld = true
      isRead = true
      const clock = vi.spyOn(time, "now")
      ask("a")
      expect(clock).toHaveBeenCalledTimes(1)
      await time.advance(10)
      ask("b")
      expect((readings[1]?.[0] ?? 0) - (readings[0]?.[0] ?? 0)).toBe(10)
    })

    it("gives the host its turn", async () => {
      const { kernel, target } = await alone()
      let isHostsTurn = false
      setImmediate(() => {
        isHostsTurn = true
      })
      let count = 0
      while (!isHostsTurn && count < 100_000) {
        await kernel.ask(target.inbox, undefined, count, undefined, 5000)
        count += 1
      }
      expect([isHostsTurn, count < 20_000]).toEqual([true, true])
    })
  })

  it("is counted as any other", async () => {
    const commands = fc.array(fc.constantFrom("ask", "tell", "fail", "slow", "open", "wait"), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(commands, async (list) => {
        const { time, kernel, ask, tell } = await stage({
          handle: (message, process) => {
            if (message === "open") process.leaveOpen()
            if (message === "fail") return Promise.reject(new Error("boom"))
            if (message === "slow") return new Promise((resolve) => setImmediate(resolve))
            return message === "open" ? UNANSWERED : message
          },
        })
        const asked = list.map((command) => {
          if (command === "wait") return time.settle()
          if (command === "tell") return tell(command)
          return ask(command, 50)
        })
        for (let turn = 0; turn < 70; turn += 1) {
          await time.settle()
          await new Promise<void>((resolve) => setImmediate(resolve))
        }
        await time.advance(100)
        await Promise.all(asked)
        const { accepted, handled, returned, reported } = kernel.counters
        expect(accepted).toBe(handled + returned + reported)
        for (const answer of asked) if (typeof answer === "object" && "state" in answer) expect(answer.state).not.toBe("pending")
      }),
      seeds(30, 8),
    )
  })
})
