/** The port to async contexts: what is taken hold of, when, and for how long. */

import { AsyncLocalStorage } from "node:async_hooks"
import { describe, expect, it, vi } from "vitest"
import { store } from "../../actors/index.ts"
import { type AsyncContext, type AsyncContextRule, actor, type Host, server, start } from "../../src/index.ts"
import { runIn } from "../../src/kernel/async-context.ts"
import { Envelope, NO_LIMIT } from "../../src/kernel/envelope.ts"
import { defaultHost } from "../../src/kernel/host.ts"
import { hostAsyncContexts } from "../../src/kernel/host-contexts.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { processOf } from "../../src/kernel/process-of.ts"
import { virtualTime } from "../../src/testing.ts"
import { as, caller, NOBODY } from "../support/async-context.ts"
import { collectGarbage } from "../support/garbage.ts"
import { HookedProcess, type Hooks, UNANSWERED } from "../support/hooked-process.ts"

const contexts =
  hostAsyncContexts ??
  (() => {
    throw new Error("this host has no async contexts")
  })()

/** A host that counts what is taken hold of. */
function countingHost() {
  const time = virtualTime()
  const count = { captures: 0 }
  const capture = (): AsyncContext => {
    count.captures += 1
    return contexts.capture()
  }
  const host: Host = { ...time, asyncContexts: { neutral: contexts.neutral, capture } }
  return { host, time, count }
}

describe("the host's async contexts", () => {
  it("are Node's, for the default host and for virtual time", () => {
    expect([defaultHost.asyncContexts, virtualTime().asyncContexts]).toEqual([contexts, contexts])
  })

  it("run work where they were taken, and give back what it gives", () => {
    const red = as("red", () => contexts.capture())
    const me = { name: "me" }
    function work(this: { name: string }, one: number, other: number): unknown[] {
      return [this.name, one, other, caller()]
    }
    expect(runIn(red, work, me, 1, 2)).toEqual(["me", 1, 2, "red"])
    expect(runIn(undefined, work, me, 1, 2)).toEqual(["me", 1, 2, NOBODY])
    expect(as("blue", () => runIn(contexts.neutral, work, me, 1, 2))).toEqual(["me", 1, 2, NOBODY])
  })

  it("have a neutral one that is empty even where the module is loaded in the middle of a request", async () => {
    vi.resetModules()
    const loaded = await as("red", () => import("../../src/kernel/host-contexts.ts"))
    expect(loaded.hostAsyncContexts).not.toBe(contexts)
    expect(as("blue", () => loaded.hostAsyncContexts?.neutral.runInAsyncScope(caller, undefined))).toBe(NOBODY)
  })

  it("are left alone by a host that has none: all runs where it happens to, and runs", async () => {
    const { asyncContexts: _, ...host } = virtualTime()
    for (const asyncContext of ["sender", "runtime"] as const) {
      const runtime = await start({}, { host, asyncContext, log: () => {} })
      const pid = runtime.spawn(server({ init: () => ({}), call: { one: async () => 1 } }))
      expect(await Promise.all([pid.call.one(), pid.call.one()])).toEqual([1, 1])
      await runtime.stop()
    }
  })
})

describe("a context", () => {
  const desk = server({ init: () => ({}), call: { one: () => 1 }, cast: { two: () => {} }, info: () => 3 })

  it.each<[AsyncContextRule, number]>([
    ["sender", 1],
    ["runtime", 0],
  ])("is taken hold of by the rule %s: %i times a message to a server", async (asyncContext, times) => {
    const { host, time, count } = countingHost()
    const runtime = await start({}, { host, asyncContext, log: () => {} })
    const pid = runtime.spawn(desk)
    await time.settle()
    expect(count.captures).toBe(times)
    for (const post of [() => pid.call.one(), () => pid.cast.two(), () => runtime.ask(pid, "x"), () => runtime.tell(pid, "x")]) {
      count.captures = 0
      await Promise.all([post(), post()])
      expect(count.captures).toBe(2 * times)
    }
    await runtime.stop()
  })

  it("is not taken hold of for who does not look: stores, supervisors, plain processes, ticks", async () => {
    const { host, time, count } = countingHost()
    const runtime = await start({ "app:cache": store<number>() }, { host, log: () => {} })
    const cache = await runtime.acquire("app:cache")
    const root = await runtime.acquire("root")
    await root.countChildren()
    await Promise.all([cache.set("k", 1, 1), cache.get("k"), cache.get("k")])
    await time.advance(5000)
    await cache.release()
    expect(count.captures).toBe(0)
    const plain = runtime.spawn(
      actor(async (self) => {
        self.every(10, "tick")
        for await (const _message of self.inbox);
      }),
    )
    await time.settle()
    expect(count.captures).toBe(1)
    for (let i = 0; i < 3; i += 1) runtime.tell(plain, i)
    await time.advance(100)
    expect(count.captures).toBe(1)
    const careless = runtime.spawn(server({ asyncContext: "any", init: () => ({}), call: { one: () => 1 } }))
    await Promise.all([careless.call.one(), careless.call.one()])
    expect(count.captures).toBe(1)
    // Nor is any entered for it.
    expect(processOf(careless)?.context).toBeUndefined()
    await runtime.stop()
  })

  it("is let go of with the answer: neither a timer nor the queue keeps a request that is over", async () => {
    const { host, time } = countingHost()
    const runtime = await start({}, { host, log: () => {} })
    const call = { one: () => 1, hang: () => new Promise(() => {}), later: async () => 1 }
    const pid = runtime.spawn(server({ init: () => ({}), call }))
    const beside = runtime.spawn(server({ init: () => ({}), concurrency: 2, call }))
    await time.settle()
    const gone: WeakRef<object>[] = []
    const storage = new AsyncLocalStorage<object>()
    const ask = async (name: keyof typeof call, to = pid): Promise<void> => {
      const context = { name }
      gone.push(new WeakRef(context))
      await storage.run(context, () => Promise.all([to.call[name](undefined, { timeoutMs: 10 }).catch(() => {})]))
    }
    await ask("one")
    // Such a request is kept among the open ones, until somebody looks for those that are over.
    await ask("later", beside)
    const [hanging, waiting] = [ask("hang"), ask("one")]
    await time.advance(10)
    await Promise.all([hanging, waiting])
    for (let i = 0; i < 3; i += 1) await collectGarbage()
    expect(gone.map((context) => context.deref())).toEqual([undefined, undefined, undefined, undefined])
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("what the kernel does for all", () => {
  /** A kernel that notes where its host is called, and where it tells of what happens. */
  function noting() {
    const seen: string[] = []
    const time = virtualTime()
    const setTimer: Host["setTimer"] = (callback, delayMs) => {
      seen.push(`timer ${caller()}`)
      return time.setTimer(callback, delayMs)
    }
    const kernel = new Kernel({ ...time, setTimer })
    kernel.trace = ({ type }) => seen.push(`${type} ${caller()}`)
    return { kernel, time, seen }
  }

  function launchAs(name: string, kernel: Kernel, hooks: Hooks): HookedProcess {
    const process = new HookedProcess(kernel, hooks)
    process.context = as(name, () => kernel.captureContext())
    return as(name, () => kernel.launch(process))
  }

  it("is done in nobody's context: a turn, though somebody woke the scheduler", async () => {
    const { kernel, time, seen } = noting()
    const turn = (): boolean => {
      seen.push(`turn ${caller()}`)
      return false
    }
    as("red", () => kernel.scheduler.enqueue({ turn, failed: () => {} }))
    await time.settle()
    expect(seen).toEqual(["turn nobody"])
  })

  it("is done in nobody's context: what follows a start, a crash and an end that took their time", async () => {
    const { kernel, time, seen } = noting()
    const crash = async (): Promise<void> => {
      seen.push(`handler ${caller()}`)
      await null
      throw new Error("boom")
    }
    const terminate = async (): Promise<void> => {
      seen.push(`terminate ${caller()}`)
      await null
    }
    const process = launchAs("red", kernel, { start: async () => void (await null), handle: crash, terminate })
    process.onStarted(() => void seen.push(`started ${caller()}`))
    await time.settle()
    const answer = as("blue", () => kernel.ask(process.inbox, undefined, "x", undefined, NO_LIMIT)).catch(() => {})
    await time.settle()
    await answer
    expect(seen).toEqual(["spawned red", "started nobody", "handler red", "terminate red", "exited nobody"])
  })

  it.each([
    ["reply", async () => void (await null), []],
    ["crash", async () => Promise.reject(new Error("boom")), ["exited nobody"]],
  ])("is done in nobody's context: what follows a handler that took its time, a %s", async (_what, handle, rest) => {
    const { kernel, time, seen } = noting()
    const process = launchAs("red", kernel, { handle })
    await time.settle()
    const settle = (value: unknown): void => {
      seen.push(`settled ${caller()}`)
      void Promise.resolve(value).catch(() => {})
    }
    const context = as("blue", () => kernel.captureContext())
    process.inbox.post(new Envelope("message", process.inbox, undefined, "x", undefined, settle, NO_LIMIT, context))
    await time.settle()
    expect(seen).toEqual(["spawned red", "settled nobody", ...rest])
  })

  it("is done in nobody's context: an end in the middle of a handler", async () => {
    const { kernel, time, seen } = noting()
    const handle = (): never => {
      throw new Error("boom")
    }
    const process = launchAs("red", kernel, { handle })
    await time.settle()
    await as("blue", () => kernel.ask(process.inbox, undefined, "x", undefined, NO_LIMIT)).catch(() => {})
    expect(seen).toEqual(["spawned red", "exited nobody"])
  })

  it("is done in nobody's context: time that runs out, whoever's it was", async () => {
    const { kernel, time, seen } = noting()
    const handle = (_message: unknown, process: HookedProcess): symbol => {
      process.leaveOpen()
      return UNANSWERED
    }
    const process = launchAs("red", kernel, { handle })
    await time.settle()
    const answer = as("blue", () => kernel.ask(process.inbox, undefined, "x", undefined, 10)).catch(() => {})
    await as("time", () => time.advance(20))
    await answer
    expect(seen).toEqual(["spawned red", "timer nobody", "timed_out nobody"])
  })
})
