import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { child, server, start, Unavailable } from "../../src/index.ts"
import { virtualTime } from "../../src/testing.ts"
import { latch } from "../support/latch.ts"
import { openStage, type Stage } from "../support/stage.ts"
import { watch } from "../support/watched.ts"

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  expect(stage.time.armedTimers).toBe(0)
})

describe("initTimeoutMs", () => {
  it("fails a start that takes longer, with Timeout; what waited is handed back and the name is free again", async () => {
    const definition = server({ initTimeoutMs: 100, init: () => new Promise<object>(() => {}), call: { value: () => 1 } })
    const pid = stage.runtime.spawn(definition, undefined, { name: "slow" })
    const [asked, end] = [watch(pid.call.value()), watch(stage.runtime.whenEnded(pid))]
    await stage.time.advance(99)
    expect([end.state, stage.runtime.whereis("slow")]).toEqual(["pending", pid])
    await stage.time.advance(1)
    expect(end.value).toMatchObject({ error: { _tag: "Timeout", details: { field: "initTimeoutMs", timeoutMs: 100, target: "slow" } } })
    expect(asked.error).toBeInstanceOf(Unavailable)
    expect(stage.runtime.whereis("slow")).toBeUndefined()
    expect(stage.runtime.spawn(server({ init: () => ({}) }), undefined, { name: "slow" }).isAlive).toBe(true)
  })

  it("aborts the signal of the init that goes on, and what that gives later changes nothing", async () => {
    const gate = latch<{ count: number }>()
    const signals: AbortSignal[] = []
    const terminated: unknown[] = []
    const definition = server({
      initTimeoutMs: 100,
      init: (_none: undefined, self) => {
        signals.push(self.signal)
        return gate.promise
      },
      terminate: () => void terminated.push(true),
    })
    stage.runtime.spawn(definition)
    await stage.time.advance(100)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    gate.open({ count: 1 })
    await stage.time.settle()
    expect(terminated).toEqual([])
  })

  it("is nothing to a start in time, and leaves no timer", async () => {
    const gate = latch<{ count: number }>()
    const definition = server({ initTimeoutMs: 100, init: () => gate.promise, call: { value: (state) => state.count } })
    const pid = stage.runtime.spawn(definition)
    await stage.time.advance(99)
    gate.open({ count: 7 })
    await stage.time.settle()
    await stage.time.advance(1)
    expect(stage.time.armedTimers).toBe(0)
    await stage.time.advance(1000)
    expect(await pid.call.value()).toBe(7)
  })

  it("is nothing to a synchronous init, and Infinity is no limit", async () => {
    const gate = latch<object>()
    const pids = [
      stage.runtime.spawn(server({ initTimeoutMs: 1, init: () => ({}) })),
      stage.runtime.spawn(server({ initTimeoutMs: Number.POSITIVE_INFINITY, init: () => gate.promise })),
    ]
    await stage.time.advance(100_000)
    expect(pids.map(({ isAlive }) => isAlive)).toEqual([true, true])
    expect(stage.time.armedTimers).toBe(0)
  })

  it("goes for inherit too", async () => {
    let starts = 0
    const time = virtualTime()
    const definition = server({
      initTimeoutMs: 100,
      init: () => ({ count: 0 }),
      inherit: () => {
        starts += 1
        return new Promise<{ count: number }>(() => {})
      },
      cast: {
        crash: () => {
          throw new Error("boom")
        },
      },
    })
    const runtime = await start({ "app:kept": child(definition, { state: "retain" }) }, { host: time, log: () => {} })
    const mailbox = await runtime.acquire("app:kept")
    mailbox.cast.crash()
    await time.advance(10_000)
    // It may still be at work with what was left: the next incarnation begins with init.
    expect([starts, runtime.whereis("app:kept")?.isAlive]).toEqual([1, true])
    void runtime.stop({ timeoutMs: 0 })
    await time.settle()
  })

  it("fails the start of the application, where a child takes longer", async () => {
    const time = virtualTime()
    const slow = server({ initTimeoutMs: 100, init: () => new Promise<object>(() => {}) })
    const started = watch(start({ "app:slow": slow }, { host: time, log: () => {} }))
    await time.advance(100)
    expect(started.error).toMatchObject({ _tag: "Unavailable", cause: { _tag: "Timeout" } })
    expect(time.armedTimers).toBe(0)
  })

  it.each([0, -5, Number.NaN, "5"])("takes no %j", (initTimeoutMs) => {
    expect(() => server({ init: () => ({}), initTimeoutMs: initTimeoutMs as number })).toThrow("initTimeoutMs must be more than 0 ms")
  })
})
