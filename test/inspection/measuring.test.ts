/** Numbers of processes on the inspection stream, at an interval, while somebody listens. */

import { describe, expect, it, onTestFinished } from "vitest"
import { type Children, type MeasuredEvent, type RuntimeOptions, type ServicesOf, server, start, store } from "../../actors/index.ts"
import { virtualTime } from "../../src/testing.ts"
import { bootApp, type TestApp } from "../support/app.ts"

const EVERY_MS = 1000

const counter = server({
  init: (from: number) => ({ count: from }),
  call: { slow: (_state, until: Promise<void>) => until },
  cast: {
    add: (state) => {
      state.count += 1
    },
  },
  measure: ({ count }) => ({ count, none: undefined }),
})

async function opened<const C extends Children>(children: C, options?: RuntimeOptions): Promise<TestApp<ServicesOf<C>>> {
  const app = await bootApp(children, { measureEveryMs: EVERY_MS, ...options })
  onTestFinished(() => app.runtime.stop())
  return app
}

const measured = ({ events }: Pick<TestApp<object>, "events">): MeasuredEvent[] => events.filter((event) => event.type === "measured")

describe("measure", () => {
  it("gives a process's numbers at each interval, under its name; what is undefined is left out", async () => {
    const app = await opened({})
    const pid = app.runtime.spawn(counter, 41, { name: "counter" })
    await app.time.advance(EVERY_MS - 1)
    expect(measured(app)).toEqual([])
    await app.time.advance(1)
    pid.cast.add()
    await app.time.advance(EVERY_MS)
    const event = { type: "measured", pid, label: "counter" }
    expect(measured(app)).toEqual([
      { ...event, measurements: { count: 41 } },
      { ...event, measurements: { count: 42 } },
    ])
  })

  it("comes to each inspector that wants it, as often as that says, and to no other", async () => {
    const app = await opened({})
    app.runtime.spawn(counter, 1)
    const told: string[] = []
    const noted = (name: string) => (event: { readonly type: string }) => void (event.type === "measured" && told.push(name))
    const remove = app.runtime.inspect(noted("often"), { measureEveryMs: 400 })
    for (const options of [undefined, {}, { measureEveryMs: Number.POSITIVE_INFINITY }]) app.runtime.inspect(noted("never"), options)
    await app.time.advance(EVERY_MS)
    remove()
    await app.time.advance(EVERY_MS)
    expect(told).toEqual(["often", "often"])
    expect(measured(app)).toHaveLength(2)
  })

  it("arms nothing and asks nobody while nobody wants it, and nothing where nobody has numbers", async () => {
    let asked = 0
    const curious = server({
      init: () => ({}),
      measure: () => {
        asked += 1
        return { asked }
      },
    })
    const time = virtualTime({ unseenMs: 0 })
    const runtime = await start({}, { host: time, log: () => {}, inspect: () => {} })
    onTestFinished(() => runtime.stop())
    const idle = runtime.inspect(() => {}, { measureEveryMs: EVERY_MS })
    expect(time.armedTimers).toBe(0)
    const pid = runtime.spawn(curious)
    await time.settle()
    expect([time.armedTimers, time.heldTimers]).toEqual([1, 0])
    idle()
    await time.settle()
    expect(time.armedTimers).toBe(0)
    await time.advance(10 * EVERY_MS)
    expect(asked).toBe(0)
    runtime.inspect(() => {}, { measureEveryMs: EVERY_MS })
    await time.advance(EVERY_MS)
    expect(asked).toBe(1)
    runtime.exit(pid, "kill")
    await time.settle()
    expect(time.armedTimers).toBe(0)
  })

  it("is asked between two messages, and once, however long it takes to come to it", async () => {
    const app = await opened({})
    const pid = app.runtime.spawn(counter, 1)
    const { promise, resolve } = Promise.withResolvers<void>()
    const slow = pid.call.slow(promise, { timeoutMs: Number.POSITIVE_INFINITY })
    await app.time.advance(5.5 * EVERY_MS)
    expect(measured(app)).toEqual([])
    resolve()
    await slow
    await app.time.settle()
    expect(measured(app)).toHaveLength(1)
    await app.time.advance(EVERY_MS / 2)
    expect(measured(app)).toHaveLength(2)
  })

  it("has a reading of the clock of its own, and not that of the message before", async () => {
    const time = virtualTime({ unseenMs: 0 })
    let tookMs = 0
    const app = await opened({}, { host: { ...time, now: () => time.now() + tookMs } })
    const slow = server({
      init: () => ({ at: 0 }),
      call: { wait: (_state, until: Promise<void>) => until },
      cast: {
        look: (state, _: undefined, self) => {
          state.at = self.now()
          tookMs += 5
        },
      },
      measure: ({ at }, self) => ({ sinceMs: self.now() - at }),
    })
    const pid = app.runtime.spawn(slow)
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiting = pid.call.wait(promise)
    pid.cast.look()
    await time.advance(EVERY_MS)
    resolve()
    await waiting
    await time.settle()
    expect(measured(app)[0]?.measurements).toEqual({ sinceMs: 5 })
  })

  it("follows a change of the code", async () => {
    const app = await opened({})
    const plain = server({ init: () => ({ count: 1 }) })
    const pid = app.runtime.spawn(plain)
    await app.runtime.sys.changeCode(pid, server({ init: () => ({ count: 0 }), measure: ({ count }) => ({ count }) }))
    await app.time.advance(EVERY_MS)
    await app.runtime.sys.changeCode(pid, plain)
    await app.time.advance(EVERY_MS)
    expect(measured(app).map(({ measurements }) => measurements)).toEqual([{ count: 1 }])
  })

  it.each<readonly [what: string, measure: () => unknown, field: string | undefined]>([
    [
      "that throws",
      () => {
        throw new Error("boom")
      },
      undefined,
    ],
    [
      "that rejects",
      async () => {
        throw new Error("boom")
      },
      "measure",
    ],
    ["of nothing", () => 1, "measure"],
    ["of text", () => ({ a: "1" }), "measure.a"],
    ["of NaN", () => ({ a: Number.NaN }), "measure.a"],
    [
      "of a getter that throws",
      () => ({
        get a(): number {
          throw new Error("boom")
        },
      }),
      "measure.a",
    ],
    ["of too many", () => Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`n${n}`, n])), "measure"],
    ["of long names", () => ({ ["n".repeat(65)]: 1 }), "measure"],
  ])("%s is logged at a bounded rate, and ends nobody", async (_what, measure, field) => {
    const app = await opened({})
    const pid = app.runtime.spawn(server({ init: () => ({}), measure: measure as () => Record<string, number> }), undefined, {
      name: "bad",
    })
    await app.time.advance(30 * EVERY_MS)
    expect(measured(app)).toEqual([])
    expect(pid.isAlive).toBe(true)
    const lines = app.log.filter(({ message }) => message === "measure of bad failed")
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.length).toBeLessThanOrEqual(30)
    if (field !== undefined) expect(lines[0]?.error).toMatchObject({ kind: "INVALID", details: { field } })
  })

  it("asks those that live, and forgets those that have ended", async () => {
    const app = await opened({})
    const [one, other] = [app.runtime.spawn(counter, 1), app.runtime.spawn(counter, 2)]
    app.runtime.exit(one, "kill")
    await app.time.advance(EVERY_MS)
    expect(measured(app).map(({ pid }) => pid)).toEqual([other])
  })

  it("keeps to its intervals, however late the host is", async () => {
    const time = virtualTime({ unseenMs: 0 })
    const late = { ...time, setTimer: (callback: () => void, delayMs: number) => time.setTimer(callback, delayMs + 3) }
    const app = await opened({}, { host: late })
    app.runtime.spawn(counter, 1)
    const at: number[] = []
    app.runtime.inspect(({ type }) => void (type === "measured" && at.push(time.now())), { measureEveryMs: EVERY_MS })
    await time.advance(3.5 * EVERY_MS)
    expect(at).toEqual([1003, 2003, 3003])
  })
})

describe("a store", () => {
  it("tells all of its statistics as numbers, each partition its own", async () => {
    const app = await opened({ "app:one": store(), "app:many": store({ partitions: 2 }) })
    const one = await app.runtime.acquire("app:one")
    await one.set("secret", "value")
    await one.getMany(["secret", "secret", "secret", "other"])
    await app.time.advance(EVERY_MS)
    expect(new Set(measured(app).map(({ label }) => label))).toEqual(new Set(["app:one", "app:many#0", "app:many#1"]))
    const { measurements } = measured(app).find(({ label }) => label === "app:one") as MeasuredEvent
    const { countedSince, ...figures } = measurements
    expect(countedSince).toBeLessThanOrEqual(app.time.now() - EVERY_MS)
    expect(figures).toEqual({
      ...{ entries: 1, bytes: 0, hits: 3, misses: 1, hitRatio: 0.75, sets: 1, deletes: 0, expired: 0, evicted: 0, refused: 0 },
      ...{ oldestEntryMs: EVERY_MS, expiryLagMs: 0 },
    })
    const statistics: object = await one.statistics()
    expect(statistics).toMatchObject(figures)
  })
})
