import { describe, expect, it } from "vitest"
import {
  actor,
  type ChildOptions,
  child,
  DynamicSupervisorMailbox,
  dynamicSupervisor,
  SupervisorMailbox,
  server,
  start,
  supervisor,
} from "../../actors/index.ts"
import { virtualTime } from "../../src/testing.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { latch } from "../support/latch.ts"
import { watch } from "../support/watched.ts"

const never = () => new Promise<object>(() => {})

/** A child whose starts behave one after the other as they are told, the last one for good. */
function starting(options: ChildOptions, ...inits: readonly (() => unknown)[]) {
  const seen = { starts: 0, signals: [] as AbortSignal[], terminated: 0 }
  const definition = server({
    init: async (_argument: undefined, self) => {
      const init = inits[Math.min(seen.starts, inits.length - 1)]
      seen.starts += 1
      seen.signals.push(self.signal)
      await init?.()
      return {}
    },
    call: { ping: () => "pong" },
    cast: { crash: () => Promise.reject(new Error("boom")) },
    terminate: () => {
      seen.terminated += 1
    },
  })
  return { entry: child(definition, options), seen }
}

const AT_ONCE = { initialMs: 0, jitter: 0 }
const well = () => undefined
const waiting = actor(async (self) => void (await self.receive()))

describe("startTimeoutMs", () => {
  it("fails the start of the application, with Timeout as the cause, and leaves nothing running", async () => {
    const { entry, seen } = starting({ startTimeoutMs: 100 }, never)
    const time = virtualTime({ unseenMs: 0 })
    const started = watch(start({ "a:a": entry }, { host: time, log: () => {} }))
    await time.advance(99)
    expect(started.state).toBe("pending")
    await time.advance(1)
    const details = { target: "a:a", field: "startTimeoutMs", timeoutMs: 100 }
    const cause = { _tag: "Timeout", message: "a:a did not start within 100 ms", details }
    expect(started.error).toMatchObject({ kind: "UNAVAILABLE", cause })
    expect([seen.signals.map(({ aborted }) => aborted), seen.terminated, time.armedTimers]).toEqual([[true], 0, 0])
  })

  it("counts as a failed start at a restart, and the next attempt has as long again", async () => {
    const { entry, seen } = starting({ startTimeoutMs: 100, backoff: AT_ONCE }, well, never, never, well)
    const { runtime, time, events } = await bootApp({ "a:a": entry })
    const box = await runtime.acquire("a:a")
    box.cast.crash()
    const answer = box.call.ping()
    await time.advance(199)
    expect(seen.starts).toBe(3)
    await time.advance(1)
    expect([await answer, seen.starts]).toEqual(["pong", 4])
    const reasons = events.flatMap((event) => (event.type === "restarting" ? [event.reason] : []))
    expect(reasons).toMatchObject([{ error: { message: "boom" } }, { error: { _tag: "Timeout" } }, { error: { _tag: "Timeout" } }])
    await runtime.stop()
    expect(time.armedTimers).toBe(0)
  })

  it("is nothing to a start in time, and leaves no timer", async () => {
    const gate = latch<void>()
    const { entry } = starting({ startTimeoutMs: 100 }, () => gate.promise)
    const time = virtualTime({ unseenMs: 0 })
    const started = start({ "a:a": entry }, { host: time, log: () => {} })
    await time.advance(99)
    gate.open()
    const runtime = await started
    expect(time.armedTimers).toBe(0)
    await time.advance(1000)
    expect([runtime.tree().children[0]?.state, time.armedTimers]).toEqual(["running", 0])
    await runtime.stop()
  })

  it("does not count what the start waits for before: what it requires", async () => {
    const gate = latch<void>()
    const slow = starting({}, well, () => gate.promise)
    const { entry, seen } = starting({ startTimeoutMs: 100, requires: ["a:slow"] }, well)
    const { runtime, time } = await bootApp({ "a:slow": slow.entry, "a:a": entry })
    const root = await runtime.acquire("root", { as: SupervisorMailbox })
    await root.terminateChild("a:a")
    ;(await runtime.acquire("a:slow")).cast.crash()
    await time.settle()
    const restarted = root.restartChild("a:a")
    await time.advance(10_000)
    expect(seen.starts).toBe(1)
    gate.open()
    expect((await restarted).isAlive).toBe(true)
    await runtime.stop()
  })

  it("of a server that has a limit of its own, the shorter one counts", async () => {
    for (const [initTimeoutMs, startTimeoutMs, field] of [
      [50, 100, "initTimeoutMs"],
      [100, 50, "startTimeoutMs"],
    ] as const) {
      const { runtime, time } = await bootApp({})
      const root = await runtime.acquire("root", { as: SupervisorMailbox })
      const started = watch(root.startChild("a:a", child(server({ initTimeoutMs, init: never }), { startTimeoutMs })))
      await time.advance(50)
      expect(started.error).toMatchObject({ cause: { _tag: "Timeout", details: { field, timeoutMs: 50 } } })
      await time.settle()
      expect(time.armedTimers).toBe(0)
      await runtime.stop()
    }
  })

  it("stopped while a start runs out, the application waits for the shutdown limit, not for the start's", async () => {
    for (const shutdown of [30, "brutal_kill"] as const) {
      const { entry } = starting({ startTimeoutMs: 100, shutdown }, never)
      const time = virtualTime({ unseenMs: 0 })
      const events: string[] = []
      const { runtime } = await bootApp({}, { host: time, inspect: ({ type }) => events.push(type) })
      const root = await runtime.acquire("root", { as: SupervisorMailbox })
      const started = refusal(root.startChild("a:a", entry))
      await time.advance(90)
      const stopped = watch(runtime.stop())
      await time.advance(shutdown === 30 ? 30 : 0)
      expect([stopped.state, events.includes("restarting")]).toEqual(["fulfilled", false])
      expect(await started).toMatchObject({ kind: "UNAVAILABLE" })
      expect(time.armedTimers).toBe(0)
    }
  })

  it("terminated while it starts, and again by who asks: what it is told first holds, and nobody is restarted", async () => {
    const { entry, seen } = starting({ startTimeoutMs: 100, backoff: AT_ONCE, shutdown: 500 }, well, never)
    const { runtime, time } = await bootApp({ "a:a": entry })
    const root = await runtime.acquire("root", { as: SupervisorMailbox })
    ;(await runtime.acquire("a:a")).cast.crash()
    await time.advance(50)
    const terminated = watch(root.terminateChild("a:a"))
    await time.advance(499)
    expect(terminated.state).toBe("pending")
    await time.advance(1)
    expect([terminated.state, seen.starts, runtime.tree().children[0]?.state]).toEqual(["fulfilled", 2, "stopped"])
    await runtime.stop()
  })

  it("a crash while it starts leaves no timer behind, and the next start has all of its time", async () => {
    const { entry } = starting(
      { startTimeoutMs: 100, backoff: { initialMs: 60, jitter: 0 } },
      well,
      () => Promise.reject(new Error("no")),
      () => gate.promise,
    )
    const gate = latch<void>()
    const { runtime, time } = await bootApp({ "a:a": entry })
    const box = await runtime.acquire("a:a")
    box.cast.crash()
    const answer = box.call.ping()
    await time.advance(60 + 99)
    gate.open()
    expect(await answer).toBe("pong")
    await runtime.stop()
  })

  it("of a supervisor counts all that it starts, which is stopped in order", async () => {
    const order: string[] = []
    const gate = latch<void>()
    const first = server({ init: () => ({}), terminate: () => void order.push("first stopped") })
    const second = server({ init: () => ({}), terminate: () => gate.promise.then(() => void order.push("second stopped")) })
    const hanging = child(server({ init: never }), { shutdown: "brutal_kill" })
    const inner = supervisor({ children: { "i:first": first, "i:second": second, "i:hangs": hanging } })
    const { runtime, time } = await bootApp({})
    const root = await runtime.acquire("root", { as: SupervisorMailbox })
    const started = watch(root.startChild("s", child(inner, { startTimeoutMs: 100 })))
    await time.advance(99)
    expect([started.state, order]).toEqual(["pending", []])
    await time.advance(1)
    expect([started.state, order]).toEqual(["pending", []])
    gate.open()
    await time.settle()
    expect(started.error).toMatchObject({ cause: { _tag: "Timeout", details: { target: "s", timeoutMs: 100 } } })
    expect([order, runtime.whereis("i:first"), time.armedTimers]).toEqual([["second stopped", "first stopped"], undefined, 0])
    await runtime.stop()
  })

  it("has none by default, and Infinity is none", async () => {
    for (const options of [{}, { startTimeoutMs: Number.POSITIVE_INFINITY }]) {
      const gate = latch<void>()
      const { entry } = starting(options, () => gate.promise)
      const time = virtualTime({ unseenMs: 0 })
      const started = start({ "a:a": entry }, { host: time, log: () => {} })
      await time.advance(10_000_000)
      expect(time.armedTimers).toBe(0)
      gate.open()
      await (await started).stop()
    }
  })

  it("goes for any process: an actor and a child without an id, whose start it fails, which is told", async () => {
    const { runtime, time } = await bootTree(
      supervisor({
        children: {
          d: dynamicSupervisor(),
          "a:actor": child(waiting, { startTimeoutMs: 1 }),
        },
      }),
    )
    await time.advance(1000)
    expect(runtime.tree().children.map(({ state }) => state)).toEqual(["running", "running"])
    const box = await runtime.acquire("d", { as: DynamicSupervisorMailbox })
    const started = watch(box.startChild(child(server({ init: never }), { startTimeoutMs: 100 })))
    await time.advance(100)
    expect(started.error).toMatchObject({ kind: "UNAVAILABLE", cause: { _tag: "Timeout" } })
    expect(await box.countChildren()).toMatchObject({ specs: 0 })
    await runtime.stop()
  })

  it("goes for one that is started by an acquire, and its caller is told when no attempt is left", async () => {
    const { entry } = starting({ startTimeoutMs: 100, autoStart: false, backoff: { ...AT_ONCE, maxAttempts: 1 } }, never)
    const { runtime, time } = await bootApp({ "a:a": entry })
    const acquired = runtime.acquire("a:a")
    await time.advance(100)
    const asked = watch((await acquired).call.ping())
    await time.advance(100)
    expect(asked.error).toMatchObject({ kind: "UNAVAILABLE", retryable: false, cause: { _tag: "Timeout" } })
    await runtime.stop()
    expect(time.armedTimers).toBe(0)
  })

  it.each([0, -1, Number.NaN, "5", null])("takes no %j", (startTimeoutMs) => {
    expect(() => child(server({ init: () => ({}) }), { startTimeoutMs: startTimeoutMs as number })).toThrow("child.startTimeoutMs must ")
  })
})
