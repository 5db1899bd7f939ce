import { AsyncLocalStorage } from "node:async_hooks"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { settleReactions } from "../../../src/simulation/program/microtasks.ts"
import { watchRejections } from "../../../src/simulation/program/uncaught.ts"
import { inTask } from "../../support/in-task.ts"

const EVENTS = ["unhandledRejection", "rejectionHandled", "uncaughtException", "uncaughtExceptionMonitor"] as const

const listeners = (): unknown[] => EVENTS.map((event) => process.rawListeners(event))

let seen: unknown[] = []
let stop = (): void => undefined

const text = (what: string) => (error: unknown) => void seen.push(`${what}: ${(error as Error).message}`)

beforeEach(() => {
  seen = []
  stop = watchRejections(text("rejected"), { handled: () => void seen.push("handled"), threw: text("threw") })
})

afterEach(() => stop())

describe("watchRejections", () => {
  it("tells of a rejection that nobody has handled when reactions are settled, and not before", async () => {
    await inTask(() => {
      const rejected = Promise.reject(new Error("a"))
      expect(seen).toEqual([])
      settleReactions()
      expect(seen).toEqual(["rejected: a"])
      rejected.catch(() => undefined)
      settleReactions()
      expect(seen).toEqual(["rejected: a", "handled"])
    })
  })

  it("tells which promise it was", async () => {
    stop()
    const told: unknown[] = []
    stop = watchRejections((reason, promise) => void told.push(reason, promise))
    const rejected = await inTask(() => {
      const promise = Promise.reject("text")
      settleReactions()
      return [promise]
    })
    expect(told).toEqual(["text", rejected[0]])
  })

  it("takes one that is handled in the same step for none", async () => {
    await inTask(() => {
      const rejected = (async () => {
        await undefined
        throw new Error("a")
      })()
      void (async () => {
        for (let wait = 0; wait < 5; wait += 1) await wait
        await rejected.catch(() => undefined)
      })()
      settleReactions()
    })
    expect(seen).toEqual([])
  })

  it("tells of what a tick and a microtask throw, and what is behind them runs all the same, in its context", async () => {
    const context = new AsyncLocalStorage<string>()
    await inTask(() => {
      context.run("ticks", () => {
        for (const name of ["a", "b"]) {
          process.nextTick(() => {
            throw new Error(name)
          })
        }
        process.nextTick(() => seen.push(`tick of ${context.getStore()}`))
      })
      queueMicrotask(() => {
        throw new Error("c")
      })
      queueMicrotask(() => seen.push(`microtask of ${context.getStore()}`))
      expect(settleReactions()).toBe(true)
      seen.push(`task of ${context.getStore()}`)
    })
    expect(seen.toSorted()).toEqual(
      ["threw: a", "threw: b", "threw: c", "tick of ticks", "microtask of undefined", "task of undefined"].toSorted(),
    )
    // What Node keeps of asynchronous calls is in order: another task comes, and another drain.
    expect(await inTask(() => settleReactions())).toBe(true)
  })

  it("leaves the runner's listeners, and the program's, out of it, and gives them back in their order", async () => {
    stop()
    const others: unknown[] = []
    const always = (reason: unknown): void => void others.push(reason)
    process.on("unhandledRejection", always)
    process.prependOnceListener("unhandledRejection", always)
    try {
      const before = listeners()
      stop = watchRejections(text("rejected"), { threw: text("threw") })
      await inTask(() => {
        void Promise.reject(new Error("a"))
        settleReactions()
      })
      expect(others).toEqual([])
      stop()
      expect(listeners()).toEqual(before)
      expect(process.listeners("unhandledRejection")).toContain(always)
      stop()
      expect(listeners()).toEqual(before)
      const reasons = ["b", "c"].map((name) => new Error(name))
      const [once] = process.rawListeners("unhandledRejection") as ((reason: unknown) => void)[]
      for (const reason of reasons) once?.(reason)
      expect(others).toEqual([reasons[0]])
    } finally {
      process.off("unhandledRejection", always)
      process.off("unhandledRejection", always)
    }
  })

  it("keeps what was added meanwhile, behind the others", () => {
    stop()
    const before = process.rawListeners("unhandledRejection")
    stop = watchRejections(text("rejected"))
    const added = (): void => undefined
    process.on("unhandledRejection", added)
    stop()
    expect(process.rawListeners("unhandledRejection")).toEqual([...before, added])
    process.off("unhandledRejection", added)
  })

  it.each([
    ["there is none", []],
    ["there is one", [(): void => undefined]],
  ])("leaves nothing of what the host puts beside each listener, as `node:domain` does, where %s", (_what, others) => {
    stop()
    const event = "uncaughtException"
    const companion = (): void => undefined
    const putBeside = (name: string | symbol, listener: unknown): void => {
      if (name === event && listener !== companion) process.off(event, companion).prependListener(event, companion)
    }
    const runners = process.rawListeners(event) as (() => void)[]
    process.removeAllListeners(event).on("newListener", putBeside)
    try {
      for (const each of others) process.on(event, each)
      const before = process.rawListeners(event)
      for (const _ of [1, 2]) {
        stop = watchRejections(text("rejected"), { threw: text("threw") })
        stop()
        expect(process.rawListeners(event)).toEqual(before)
      }
    } finally {
      process.off("newListener", putBeside).removeAllListeners(event)
      for (const each of runners) process.on(event, each)
    }
  })

  it("leaves thrown errors to whom they went before, where nobody asks for them", () => {
    stop()
    const before = process.rawListeners("uncaughtException")
    stop = watchRejections(text("rejected"))
    expect(process.rawListeners("uncaughtException")).toEqual(before)
  })
})
