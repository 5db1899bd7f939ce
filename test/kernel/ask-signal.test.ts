import { getEventListeners } from "node:events"
import { describe, expect, it } from "vitest"
import {
  type AskOptions,
  actor,
  Canceled,
  dynamicSupervisor,
  Invalid,
  type Pid,
  StoreMailbox,
  server,
  store,
  Timeout,
} from "../../actors/index.ts"
import { processOf } from "../../src/kernel/process-of.ts"
import { bootApp } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { latch } from "../support/latch.ts"

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, "abort").length

/** Busy until the latch opens; then it says what it was told meanwhile. */
function busy(gate = latch<string>()) {
  const heard: string[] = []
  const definition = server({
    init: () => ({}),
    call: {
      wait: () => gate.promise,
      say: (_state, word: string) => {
        heard.push(word)
        return word
      },
      quiet: () => "quiet",
    },
    info: (_state, word: unknown) => {
      heard.push(String(word))
      return word
    },
  })
  return { definition, heard, gate }
}

const asideOf = (pid: Pid): number => processOf(pid)?.inbox.asideSize ?? -1
const waitingOf = (pid: Pid): number => processOf(pid)?.inbox.size ?? -1

describe("an ask with a signal", () => {
  it("is answered as without one, and leaves no listener and no deadline", async () => {
    const { definition } = busy()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const controller = new AbortController()
    const { signal } = controller
    expect(await pid.call.say("hello", { signal })).toBe("hello")
    expect([listenersOf(signal), time.armedTimers]).toEqual([0, 0])
    controller.abort()
    expect(runtime.statistics()).toMatchObject({ lateReplies: 0, returned: 0 })
    await runtime.stop({ timeoutMs: 0 })
  })

  it("that is aborted fails with Canceled, which has the signal's reason as its cause; a request not yet taken is withdrawn", async () => {
    const { definition, heard, gate } = busy()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const first = pid.call.wait()
    const controller = new AbortController()
    const { signal } = controller
    const second = refusal(pid.call.say("unheard", { signal }))
    await time.settle()
    expect([waitingOf(pid), listenersOf(signal)]).toEqual([1, 1])
    controller.abort("enough")
    const error = await second
    expect(error).toBeInstanceOf(Canceled)
    expect(error).toMatchObject({ kind: "CANCELED", retryable: false, cause: "enough", details: { operation: "say" } })
    expect([waitingOf(pid), listenersOf(signal), runtime.statistics().returned]).toEqual([0, 0, 1])
    gate.open("done")
    expect(await first).toBe("done")
    await time.settle()
    expect([heard, time.armedTimers]).toEqual([[], 0])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("that was taken goes on being handled, and its answer is a late reply", async () => {
    const { definition, gate } = busy()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const controller = new AbortController()
    const answer = refusal(pid.call.wait(undefined, { signal: controller.signal }))
    await time.settle()
    controller.abort()
    expect(await answer).toBeInstanceOf(Canceled)
    gate.open("too late")
    await time.settle()
    expect(runtime.statistics()).toMatchObject({ lateReplies: 1, returned: 0, timeouts: 0 })
    expect([pid.isAlive, time.armedTimers]).toEqual([true, 0])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("whose signal is aborted already is refused before it is posted", async () => {
    const { definition, heard } = busy()
    const { runtime } = await bootApp({})
    const pid = runtime.spawn(definition)
    const { accepted, refused } = runtime.statistics()
    const error = await refusal(pid.call.say("unheard", { signal: AbortSignal.abort("before") }))
    expect(error).toMatchObject({ kind: "CANCELED", cause: "before" })
    expect([runtime.statistics().accepted - accepted, runtime.statistics().refused - refused, heard]).toEqual([0, 1, []])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("makes room: what was given up takes none in a full inbox, nor among what was put aside or left by a receive", async () => {
    const { definition, gate } = busy()
    const { runtime, time } = await bootApp({})
    const full = runtime.spawn(definition, undefined, { inbox: { capacity: 2 } })
    void full.call.wait()
    await time.settle()
    const controller = new AbortController()
    const given = [1, 2].map((word) => refusal(full.call.say(String(word), { signal: controller.signal })))
    expect(await refusal(full.call.quiet())).toMatchObject({ kind: "RATE_LIMITED" })
    controller.abort()
    expect((await Promise.all(given)).map(({ kind }) => kind)).toEqual(["CANCELED", "CANCELED"])
    const next = full.call.quiet()
    gate.open("done")
    expect(await next).toBe("quiet")

    const stashing = runtime.spawn(
      server({ init: () => ({}), call: { keep: (_state, _none: undefined, self) => self.stash() }, stashCapacity: 1 }),
    )
    const second = new AbortController()
    const kept = refusal(stashing.call.keep(undefined, { signal: second.signal }))
    await time.settle()
    expect([asideOf(stashing), waitingOf(stashing)]).toEqual([1, 1])
    second.abort()
    await kept
    expect([asideOf(stashing), waitingOf(stashing)]).toEqual([0, 0])

    const picky = runtime.spawn(actor<undefined, string>(async (self) => void (await self.receive((message) => message === "go"))))
    const third = new AbortController()
    const left = refusal(runtime.ask(picky, "left", { signal: third.signal }))
    await time.settle()
    expect(waitingOf(picky)).toBe(1)
    third.abort()
    expect([(await left).kind, waitingOf(picky)]).toEqual(["CANCELED", 0])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("may have a time limit as well: whichever comes first counts, and the other leaves nothing", async () => {
    const { definition } = busy()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const [slow, quick] = [new AbortController(), new AbortController()]
    const timedOut = refusal(pid.call.wait(undefined, { timeoutMs: 10, signal: slow.signal }))
    const canceled = refusal(pid.call.wait(undefined, { timeoutMs: 1000, signal: quick.signal }))
    await time.advance(5)
    quick.abort()
    await time.advance(5)
    expect([await timedOut, await canceled]).toEqual([expect.any(Timeout), expect.any(Canceled)])
    expect([listenersOf(slow.signal), listenersOf(quick.signal), time.armedTimers]).toEqual([0, 0, 0])
    slow.abort()
    await runtime.stop({ timeoutMs: 0 })
  })

  it("adds one listener to its signal, however many wait by it, and each is given up", async () => {
    const { definition } = busy()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const controller = new AbortController()
    const asks = Array.from({ length: 1000 }, () => refusal(pid.call.wait(undefined, { signal: controller.signal })))
    await time.settle()
    expect(listenersOf(controller.signal)).toBe(1)
    controller.abort()
    expect(new Set((await Promise.all(asks)).map(({ kind }) => kind))).toEqual(new Set(["CANCELED"]))
    expect(listenersOf(controller.signal)).toBe(0)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("leaves no listener where it is refused, or its process ends", async () => {
    const { definition } = busy()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition, undefined, { inbox: { capacity: 1 } })
    const { signal } = new AbortController()
    const taken = refusal(pid.call.wait(undefined, { signal }))
    await time.settle()
    const ended = [taken, refusal(pid.call.say("waits", { signal }))]
    const refusedOne = await refusal(pid.call.say("full", { signal }))
    runtime.exit(pid, "kill")
    expect((await Promise.all(ended)).map(({ kind }) => kind)).toEqual(["UNAVAILABLE", "UNAVAILABLE"])
    expect(await refusal(pid.call.say("gone", { signal }))).toMatchObject({ kind: "UNAVAILABLE" })
    expect([refusedOne.kind, listenersOf(signal)]).toEqual(["RATE_LIMITED", 0])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("is given up by whatever way it was asked: by pid, mailbox, store, runtime, self, supervisor, sys and stopProcess", async () => {
    const { definition, gate } = busy()
    const slowStart = server({ init: () => new Promise<object>(() => {}) })
    const slowStop = server({ init: () => ({}), terminate: () => new Promise<void>(() => {}) })
    const { runtime, time } = await bootApp({ "app:b": definition, "app:s": store<number>(), "app:d": dynamicSupervisor() })
    const box = await runtime.acquire("app:b")
    const cache = await runtime.acquire("app:s", { as: StoreMailbox<number> })
    const dynamic = await runtime.acquire("app:d")
    const pid = runtime.spawn(definition)
    const stopping = runtime.spawn(slowStop)
    void pid.call.wait().catch(() => {})
    void box.call.wait().catch(() => {})
    await runtime.sys.suspend("app:s")
    await time.settle()
    const ways: Record<string, (options: AskOptions) => Promise<unknown>> = {
      pid: (options) => pid.call.say("x", options),
      mailbox: (options) => box.call.say("x", options),
      get: (options) => cache.get("k", options),
      set: (options) => cache.set("k", 1, 0, options),
      has: (options) => cache.has("k", options),
      delete: (options) => cache.delete("k", options),
      statistics: (options) => cache.statistics(options),
      runtime: (options) => runtime.ask(pid, "x", options),
      startChild: (options) => dynamic.startChild(slowStart, options),
      sys: (options) => runtime.sys.getState(pid, options),
      changeCode: (options) => runtime.sys.changeCode(pid, definition, options),
      stopProcess: (options) => runtime.stopProcess(stopping, "normal", options),
      self: (options) => {
        const { promise, resolve, reject } = Promise.withResolvers<unknown>()
        runtime.spawn(actor((self) => self.ask(pid, "x", options).then(resolve, reject)))
        return promise
      },
    }
    for (const [way, ask] of Object.entries(ways)) {
      const controller = new AbortController()
      const answer = refusal(ask({ signal: controller.signal }))
      await time.settle()
      expect(listenersOf(controller.signal), way).toBe(1)
      controller.abort()
      expect([way, (await answer).kind, listenersOf(controller.signal)]).toEqual([way, "CANCELED", 0])
      expect([way, (await refusal(ask({ signal: controller.signal }))).kind]).toEqual([way, "CANCELED"])
    }
    gate.open("done")
    await runtime.sys.resume("app:s")
    expect(await cache.has("k")).toBe(false)
    const stopped = runtime.stop({ timeoutMs: 100 })
    await time.advance(100)
    await stopped
  })

  it("of a supervisor has no time limit by its signal alone", async () => {
    const gate = latch<object>()
    const { runtime, time } = await bootApp({ "app:d": dynamicSupervisor() })
    const dynamic = await runtime.acquire("app:d")
    const started = dynamic.startChild(server({ init: () => gate.promise }), { signal: new AbortController().signal })
    await time.advance(60_000)
    gate.open({})
    expect((await started).isAlive).toBe(true)
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("the signal of an ask", () => {
  const boom = (): never => {
    throw new Error("boom")
  }
  /** Not one of the host's, but behaves as one. */
  function polyfill() {
    const listeners = new Set<() => void>()
    return {
      aborted: false,
      reason: "of its own",
      addEventListener: (_type: string, listener: () => void) => void listeners.add(listener),
      removeEventListener: (_type: string, listener: () => void) => void listeners.delete(listener),
      listeners,
      abort() {
        this.aborted = true
        for (const listener of [...listeners]) listener()
      },
    }
  }

  it("may be of another make, as far as it behaves as one", async () => {
    const { definition } = busy()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const foreign = polyfill()
    const answer = refusal(pid.call.wait(undefined, { signal: foreign as never }))
    await time.settle()
    foreign.abort()
    expect(await answer).toMatchObject({ kind: "CANCELED", cause: "of its own" })
    expect([foreign.listeners.size, time.armedTimers]).toEqual([0, 0])
    expect(await refusal(pid.call.wait(undefined, { signal: foreign as never }))).toBeInstanceOf(Canceled)
    await runtime.stop({ timeoutMs: 0 })
  })

  it.each<[string, () => unknown]>([
    ["is no signal", () => ({ aborted: false })],
    ["says neither that it is aborted nor that it is not", () => ({ ...polyfill(), aborted: "no" })],
    ["cannot be looked at", () => Object.defineProperty(polyfill(), "aborted", { get: boom })],
    ["cannot be listened to", () => ({ ...polyfill(), addEventListener: boom })],
    ["has a listener's place that cannot be read", () => Object.defineProperty(polyfill(), "removeEventListener", { get: boom })],
    [
      "answers twice differently",
      () => {
        let looks = 0
        return Object.defineProperty(polyfill(), "aborted", {
          get: () => {
            looks += 1
            return looks > 1
          },
        })
      },
    ],
    [
      "says nothing any more when it is asked again",
      () => {
        const listeners = polyfill()
        let looks = 0
        const look = (): boolean | undefined => {
          looks += 1
          return looks > 1 ? undefined : false
        }
        return Object.defineProperty(listeners, "aborted", { get: look })
      },
    ],
    ["has only the class of one", () => Object.create(AbortSignal.prototype)],
    [
      "is a proxy that was revoked",
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        return proxy
      },
    ],
  ])("that %s is Invalid, and nothing is posted", async (_what, make) => {
    const { definition } = busy()
    const { runtime } = await bootApp({ "app:b": definition })
    const box = await runtime.acquire("app:b")
    const pid = runtime.spawn(definition)
    const { accepted } = runtime.statistics()
    for (const ask of [
      (options: AskOptions) => pid.call.quiet(undefined, options),
      (options: AskOptions) => box.call.quiet(undefined, options),
      (options: AskOptions) => runtime.ask(pid, "x", options),
      (options: AskOptions) => runtime.stopProcess(pid, "normal", options),
      (options: AskOptions) => runtime.sys.getState(pid, options),
    ]) {
      const error = await refusal(ask({ signal: make() as never }))
      expect([error.constructor, error.details.field]).toEqual([Invalid, "signal"])
    }
    expect([runtime.statistics().accepted, pid.isAlive]).toEqual([accepted, true])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("that fails to let go of its listener, or to tell its reason, harms nobody", async () => {
    const { definition, gate } = busy()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const hostile = Object.defineProperty({ ...polyfill(), removeEventListener: boom }, "reason", { get: boom })
    const answered = pid.call.wait(undefined, { signal: hostile as never })
    await time.settle()
    gate.open("done")
    expect(await answered).toBe("done")
    const other = Object.defineProperty(polyfill(), "reason", { get: boom })
    const answer = refusal(pid.call.wait(undefined, { signal: other as never }))
    other.abort()
    expect(await answer).toMatchObject({ kind: "CANCELED", cause: undefined })
    await runtime.stop({ timeoutMs: 0 })
  })

  it("of a process that ends while it waits is let go of with its answer, and no rejection is unhandled", async () => {
    const { definition } = busy()
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(definition)
    const controller = new AbortController()
    const asker = runtime.spawn(actor(async (self) => void (await self.ask(pid, new Promise(() => {}), { signal: controller.signal }))))
    await time.settle()
    runtime.exit(asker, "kill")
    await time.settle()
    controller.abort()
    await time.settle()
    expect(listenersOf(controller.signal)).toBe(0)
    await runtime.stop({ timeoutMs: 0 })
  })
})
