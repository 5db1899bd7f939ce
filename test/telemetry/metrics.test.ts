import { describe, expect, it, onTestFinished } from "vitest"
import {
  actor,
  type Children,
  cache,
  child,
  dynamicSupervisor,
  type LogEntry,
  type Pid,
  partitionSupervisor,
  pool,
  type RuntimeOptions,
  server,
  start,
  store,
  supervisor,
} from "../../actors/index.ts"
import { Metrics } from "../../src/telemetry/metrics.ts"
import { type MetricsOptions, metricsOf } from "../../src/telemetry.ts"
import { virtualTime } from "../../src/testing.ts"
import { bootApp } from "../support/app.ts"
import { histogramOf, risenOf, valuesOf } from "../support/metric-values.ts"

const EVERY_MS = 1000

const fragile = server({
  init: () => ({ count: 0 }),
  call: {
    get: ({ count }) => count,
    boom: () => {
      throw new Error("boom")
    },
  },
})

async function opened<const C extends Children>(children: C, options?: RuntimeOptions, metricsOptions?: MetricsOptions) {
  const app = await bootApp(children, options)
  onTestFinished(() => app.runtime.stop())
  const metrics = metricsOf(app.runtime, { measureEveryMs: EVERY_MS, ...metricsOptions })
  return { ...app, metrics }
}

const ignored = (): void => {}

describe("what the runtime has counted", () => {
  it("is there from its start on, whoever has listened", async () => {
    const app = await bootApp({ "app:s": fragile })
    onTestFinished(() => app.runtime.stop())
    const mailbox = await app.runtime.acquire("app:s")
    for (let left = 5; left > 0; left -= 1) await mailbox.call.get()
    const snapshot = metricsOf(app.runtime).snapshot()
    const { handled, accepted, spawned } = app.runtime.statistics()
    expect(handled).toBeGreaterThanOrEqual(5)
    expect(valuesOf(snapshot, "pigeonhole.messages.handled")).toEqual({ "": handled })
    expect(valuesOf(snapshot, "pigeonhole.messages.accepted")).toEqual({ "": accepted })
    expect(valuesOf(snapshot, "pigeonhole.processes")).toEqual({ "": 2 })
    expect(valuesOf(snapshot, "pigeonhole.processes.spawned")).toEqual({ "": spawned })
  })

  it("tells of messages that wait, by service; partitions and what a dynamic supervisor has started under theirs", async () => {
    const stuck = server({ init: () => ({}), call: { wait: () => new Promise<void>(() => {}) } })
    const { runtime, time, metrics } = await opened({
      "app:s": stuck,
      "app:parts": partitionSupervisor({ child: stuck, partitions: 2 }),
      "app:idle": store(),
    })
    const mailbox = await runtime.acquire("app:s")
    const parts = await Promise.all(["a", "b", "c", "d"].map((key) => runtime.acquire("app:parts", { key } as never)))
    for (let left = 3; left > 0; left -= 1) mailbox.call.wait().catch(ignored)
    await time.settle()
    const depth = valuesOf(metrics.snapshot(), "pigeonhole.inbox.depth")
    expect(depth).toMatchObject({ "app:s": 2, "app:parts": 0, "app:idle": 0 })
    expect(Object.keys(depth).toSorted()).toEqual(["app:idle", "app:parts", "app:s", "root"])
    expect(valuesOf(metrics.snapshot(), "pigeonhole.mailboxes")).toMatchObject({ "app:s": 1, "app:parts": parts.length })
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("restarts and crashes", () => {
  it("count under the service, from 0; of partitions, workers and dynamic children under what is acquired", async () => {
    const { runtime, time, metrics } = await opened({
      "app:s": fragile,
      "app:sup": supervisor({ children: { "app:in": fragile } }),
      "app:pp": partitionSupervisor({ child: fragile, partitions: 2 }),
      "app:pool": pool(fragile, { size: 2 }),
      "app:dyn": dynamicSupervisor(),
    })
    expect(valuesOf(metrics.snapshot(), "pigeonhole.restarts")).toEqual({
      ...{ root: 0, "app:s": 0, "app:sup": 0, "app:in": 0, "app:pp": 0, "app:pool": 0, "app:dyn": 0 },
    })
    const dynamic = await runtime.acquire("app:dyn")
    const children = [await dynamic.startChild(fragile), await dynamic.startChild(fragile)]
    for (const id of ["app:s", "app:in", "app:pp", "app:pool"] as const) {
      const mailbox = await runtime.acquire(id, (id === "app:pp" ? { key: 1 } : undefined) as never)
      await (mailbox as unknown as { call: { boom(): Promise<unknown> } }).call.boom().catch(ignored)
      await time.settle()
    }
    for (const pid of children) runtime.exit(pid, { error: new Error("out") })
    await time.advance(100)
    const risen = { "app:s": 1, "app:in": 1, "app:pp": 1, "app:pool": 1, "app:dyn": 2 }
    expect(risenOf(metrics.snapshot(), "pigeonhole.restarts")).toEqual(risen)
    expect(risenOf(metrics.snapshot(), "pigeonhole.crashes")).toEqual(risen)
  })

  it("of what was added while it ran count under its id", async () => {
    const { runtime, time, metrics } = await opened({ "app:sup": supervisor({ children: {} }) })
    const mailbox = await runtime.acquire("app:sup")
    await mailbox.startChild("app:late", child(fragile))
    expect(valuesOf(metrics.snapshot(), "pigeonhole.restarts")).toHaveProperty(["app:late"], 0)
    runtime.exit(runtime.whereis("app:late") as never, { error: new Error("out") })
    await time.settle()
    expect(risenOf(metrics.snapshot(), "pigeonhole.restarts")).toEqual({ "app:late": 1 })
  })

  it("of a process with a name given at run time count as other, whatever the name", async () => {
    const { runtime, time, metrics } = await opened({ "app:s": fragile })
    for (const name of ["alice@example.org", "app:s.1", "app:s#0"]) {
      runtime.spawn(
        actor(() => {
          throw new Error("out")
        }),
        undefined,
        { name },
      )
    }
    await time.settle()
    expect(risenOf(metrics.snapshot(), "pigeonhole.crashes")).toEqual({ other: 3 })
    expect(JSON.stringify(metrics.snapshot())).not.toMatch(/alice|app:s[.#]/)
  })

  it("of a process that a service has started count as other, and it has no series of its own", async () => {
    const pids: Pid[] = []
    const parent = server({
      init: () => ({}),
      cast: { start: (_state, _: undefined, self) => void pids.push(self.spawn(fragile, undefined)) },
    })
    const { runtime, time, metrics, log } = await opened({ "app:s": parent })
    const mailbox = await runtime.acquire("app:s")
    mailbox.cast.start()
    await time.settle()
    for (const pid of pids) runtime.exit(pid, { error: new Error("out") })
    await time.settle()
    expect(risenOf(metrics.snapshot(), "pigeonhole.crashes")).toEqual({ other: 1 })
    expect(JSON.stringify(metrics.snapshot())).not.toContain("<")
    expect(log.filter(({ message }) => message.includes("inspector"))).toEqual([])
  })

  it("are told of supervisors that gave up", async () => {
    const { runtime, time, metrics } = await opened({
      "app:sup": child(supervisor({ children: { "app:in": fragile }, intensity: 0 }), { restart: "temporary" }),
    })
    runtime.exit(runtime.whereis("app:in") as never, { error: new Error("out") })
    await time.settle()
    expect(risenOf(metrics.snapshot(), "pigeonhole.supervisor.give_ups")).toEqual({ "app:sup": 1 })
  })
})

describe("what was refused and lost", () => {
  it("is denials by service and action, dead letters by service and cause; nothing of keys and messages", async () => {
    const policies = [
      { effect: "deny" as const, actions: "store.key.delete", resources: "*" },
      { effect: "allow" as const, actions: "*", resources: "*" },
    ]
    const { runtime, time, metrics } = await opened({ "app:cache": store<string>() }, { policies })
    const held = await runtime.acquire("app:cache")
    for (const key of ["secret-1", "secret-2"]) await expect(held.delete(key)).rejects.toMatchObject({ name: "PermissionDenied" })
    const deaf = runtime.spawn(server({ init: () => ({}) }), undefined, { name: "secret-name" })
    await time.settle()
    runtime.tell(deaf, "secret")
    runtime.tell(runtime.whereis("app:cache") as never, "secret")
    await time.settle()
    const snapshot = metrics.snapshot()
    expect(valuesOf(snapshot, "pigeonhole.denials")).toEqual({ "app:cache store.key.delete": 2 })
    expect(valuesOf(snapshot, "pigeonhole.dead_letters")).toEqual({ "other unhandled": 1, "app:cache denied": 1 })
    expect(JSON.stringify(snapshot)).not.toContain("secret")
  })

  it("is overflows by service", async () => {
    const slow = server({ init: () => ({}), cast: { wait: () => new Promise<void>(() => {}) } })
    const { runtime, time, metrics } = await opened({ "app:s": child(slow, { inbox: { capacity: 1 } }) })
    const mailbox = await runtime.acquire("app:s")
    for (let left = 4; left > 0; left -= 1) {
      mailbox.cast.wait()
      await time.settle()
    }
    expect(valuesOf(metrics.snapshot(), "pigeonhole.inbox.overflows")).toEqual({ "app:s": 2 })
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("stores", () => {
  it("are hits, misses, evictions, expiries and how late those are, at the interval", async () => {
    const { runtime, time, metrics } = await opened({ "app:cache": cache<string>({ maxEntries: 2 }) })
    const held = await runtime.acquire("app:cache")
    await held.set("a", "1", { ttl: 0.1 })
    await held.get("a")
    await held.get("b")
    await held.get("c")
    expect(risenOf(metrics.snapshot(), "pigeonhole.store.hits")).toEqual({})
    await time.advance(EVERY_MS)
    const snapshot = metrics.snapshot()
    expect(valuesOf(snapshot, "pigeonhole.store.hits")).toEqual({ "app:cache": 1 })
    expect(valuesOf(snapshot, "pigeonhole.store.misses")).toEqual({ "app:cache": 2 })
    expect(valuesOf(snapshot, "pigeonhole.store.sets")).toEqual({ "app:cache": 1 })
    expect(valuesOf(snapshot, "pigeonhole.store.expiries")).toEqual({ "app:cache": 1 })
    expect(valuesOf(snapshot, "pigeonhole.store.entries")).toEqual({ "app:cache": 0 })
    const lag = valuesOf(snapshot, "pigeonhole.store.expiry.lag")["app:cache"] ?? -1
    expect(lag).toBeGreaterThanOrEqual(0)
    expect(lag).toBeLessThan(1)
  })

  it("go on over a crash; partitions add up under their store", async () => {
    const { runtime, time, metrics } = await opened({ "app:parts": store<number>({ partitions: 3 }) })
    const parts = await runtime.acquire("app:parts")
    const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`)
    for (const key of keys) await parts.set(key, 1)
    for (const key of keys) await parts.get(key)
    await time.advance(EVERY_MS)
    expect(valuesOf(metrics.snapshot(), "pigeonhole.store.hits")).toEqual({ "app:parts": 30 })
    expect(valuesOf(metrics.snapshot(), "pigeonhole.store.entries")).toEqual({ "app:parts": 30 })
    for (const part of [0, 1, 2]) runtime.exit(runtime.whereis(`app:parts#${part}`) as never, { error: new Error("out") })
    await time.settle()
    expect(valuesOf(metrics.snapshot(), "pigeonhole.store.entries")).toEqual({})
    for (const key of keys) await parts.get(key)
    await time.advance(EVERY_MS)
    expect(valuesOf(metrics.snapshot(), "pigeonhole.store.hits")).toEqual({ "app:parts": 30 })
    expect(valuesOf(metrics.snapshot(), "pigeonhole.store.misses")).toEqual({ "app:parts": 30 })
  })

  it("that begin anew and have soon done more than before are counted in full", async () => {
    const { runtime, time, metrics } = await opened({ "app:s": store<number>() })
    const held = await runtime.acquire("app:s")
    await held.get("a")
    await time.advance(EVERY_MS)
    runtime.exit(runtime.whereis("app:s") as never, { error: new Error("out") })
    await time.settle()
    for (let left = 5; left > 0; left -= 1) await held.get("a")
    await time.advance(EVERY_MS)
    expect(valuesOf(metrics.snapshot(), "pigeonhole.store.misses")).toEqual({ "app:s": 6 })
  })

  it("whose table is retained over a crash are not counted twice", async () => {
    const { runtime, time, metrics } = await opened({ "app:kept": child(store<number>(), { state: "retain" }) })
    const kept = await runtime.acquire("app:kept")
    await kept.set("a", 1)
    for (let left = 5; left > 0; left -= 1) await kept.get("a")
    await time.advance(EVERY_MS)
    runtime.exit(runtime.whereis("app:kept") as never, { error: new Error("out") })
    await time.settle()
    for (let left = 2; left > 0; left -= 1) await kept.get("a")
    await time.advance(EVERY_MS)
    expect(valuesOf(metrics.snapshot(), "pigeonhole.store.hits")).toEqual({ "app:kept": 7 })
  })

  it("are not what has other numbers", async () => {
    const counting = server({ init: () => ({ n: 1 }), measure: ({ n }) => ({ n, hits: 3 }) })
    const { time, metrics } = await opened({ "app:n": counting })
    await time.advance(EVERY_MS)
    expect(valuesOf(metrics.snapshot(), "pigeonhole.store.hits")).toEqual({})
  })
})

describe("how long it took", () => {
  const slow = server({
    init: () => ({}),
    call: {
      quick: () => 1,
      boom: () => {
        throw new Error("out")
      },
      wait: (_state, until: Promise<void>) => until,
    },
  })

  it("is the wait and the handling of each message, by service and operation, in seconds", async () => {
    const { runtime, time, metrics } = await opened({ "app:s": slow })
    const mailbox = await runtime.acquire("app:s")
    const { promise, resolve } = Promise.withResolvers<void>()
    const first = mailbox.call.wait(promise)
    const second = mailbox.call.quick()
    await time.advance(200)
    resolve()
    await Promise.all([first, second])
    await mailbox.call.boom().catch(ignored)
    await time.settle()
    const snapshot = metrics.snapshot()
    const waits = histogramOf(snapshot, "pigeonhole.inbox.wait_time")
    const handling = histogramOf(snapshot, "pigeonhole.request.duration")
    expect(waits["app:s quick"]).toMatchObject({ count: 1, sum: 0.2 })
    expect(handling["app:s wait answered"]).toMatchObject({ count: 1, sum: 0.2 })
    expect(handling["app:s boom failed INTERNAL"]).toMatchObject({ count: 1 })
    expect(handling["app:s quick answered"]).toMatchObject({ count: 1, sum: 0 })
    const buckets = waits["app:s quick"]?.buckets ?? []
    expect(buckets.find(({ le }) => le === 0.1)?.count).toBe(0)
    expect(buckets.find(({ le }) => le === 0.25)?.count).toBe(1)
    expect(buckets.at(-1)).toEqual({ le: Number.POSITIVE_INFINITY, count: 1 })
  })

  it("is of a share, if that is said, and of none with 0", async () => {
    const counts: number[] = []
    for (const sampleRequests of [0, 0.5, 1]) {
      const { runtime, metrics } = await opened({ "app:s": slow }, {}, { sampleRequests })
      const mailbox = await runtime.acquire("app:s")
      for (let left = 200; left > 0; left -= 1) await mailbox.call.quick()
      counts.push(histogramOf(metrics.snapshot(), "pigeonhole.inbox.wait_time")["app:s quick"]?.count ?? 0)
      expect(runtime.statistics().handled).toBeGreaterThanOrEqual(200)
    }
    const [none, half = 0, all] = counts
    expect([none, all]).toEqual([0, 200])
    expect(half).toBeGreaterThan(60)
    expect(half).toBeLessThan(140)
  })

  it("is the runtime's turns, with bounds of one's own", async () => {
    const { runtime, time, metrics } = await opened({ "app:s": slow }, {}, { boundsSeconds: [0.001, 1] })
    const mailbox = await runtime.acquire("app:s")
    await Promise.all([mailbox.call.quick(), mailbox.call.quick()])
    await time.settle()
    const turns = histogramOf(metrics.snapshot(), "pigeonhole.turn.duration")[""]
    expect(turns?.count).toBeGreaterThan(0)
    expect(turns?.buckets.map(({ le }) => le)).toEqual([0.001, 1, Number.POSITIVE_INFINITY])
  })

  it("tells nothing of a message that was never posted", async () => {
    const policies = [{ effect: "allow" as const, actions: "service.call.quick", resources: "*" }]
    const { runtime, metrics } = await opened(
      { "app:s": slow },
      { policies: [...policies, { effect: "allow", actions: "service.acquire", resources: "*" }] },
    )
    const mailbox = await runtime.acquire("app:s")
    await mailbox.call.quick()
    await expect(mailbox.call.boom()).rejects.toMatchObject({ name: "PermissionDenied" })
    expect(Object.keys(histogramOf(metrics.snapshot(), "pigeonhole.inbox.wait_time"))).toEqual(["app:s quick"])
    expect(valuesOf(metrics.snapshot(), "pigeonhole.denials")).toEqual({ "app:s service.call.boom": 1 })
  })

  it("counts requests to children of a dynamic supervisor under that, to a named process as other", async () => {
    const { runtime, metrics } = await opened({ "app:dyn": dynamicSupervisor() })
    const dynamic = await runtime.acquire("app:dyn")
    const one = await dynamic.startChild(slow)
    const two = runtime.spawn(slow, undefined, { name: "alice" })
    await one.call.quick()
    await two.call.quick()
    const names = Object.keys(histogramOf(metrics.snapshot(), "pigeonhole.inbox.wait_time"))
    expect(names).toContain("app:dyn quick")
    expect(names).toContain("other quick")
    expect(names.join()).not.toMatch(/alice|<|dyn[.]/)
  })
})

describe("the number of series", () => {
  it("is bounded: what is beyond is other, counted, and said once", async () => {
    const log: LogEntry[] = []
    const children = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`app:${index}`, fragile]))
    const { runtime, time, metrics } = await opened(children, {}, { maxSeries: 10, log: (entry) => log.push(entry) })
    for (const id of Object.keys(children)) runtime.exit(runtime.whereis(id) as never, { error: new Error("out") })
    await time.settle()
    const crashes = valuesOf(metrics.snapshot(), "pigeonhole.crashes")
    expect(Object.values(crashes).reduce((sum, each) => sum + each, 0)).toBe(20)
    expect(crashes.other).toBeGreaterThan(0)
    const points = metrics.snapshot().flatMap((metric) => metric.points.map((point) => ({ metric: metric.name, ...point.attributes })))
    const named = points.filter((point) => Object.values(point).length > 1 && !Object.values(point).includes("other"))
    expect(named.length).toBeLessThanOrEqual(10)
    expect(log).toEqual([{ level: "warn", message: expect.stringContaining("there are 10 series of metrics"), fields: { maxSeries: 10 } }])
  })

  it("may be met with a log that fails", async () => {
    for (const log of [
      () => Promise.reject(new Error("no")),
      () => {
        throw new Error("no")
      },
    ]) {
      const { metrics } = await opened({ "app:a": fragile, "app:b": fragile }, {}, { maxSeries: 1, log: log as never })
      expect(metrics.snapshot().length).toBeGreaterThan(10)
    }
  })

  it("does not grow with keys, callers, children that come and go, and names", async () => {
    const { runtime, time, metrics } = await opened({ "app:cache": store<number>(), "app:dyn": dynamicSupervisor() })
    const dynamic = await runtime.acquire("app:dyn")
    const seriesOf = (): number => metrics.snapshot().reduce((sum, { points }) => sum + points.length, 0)
    const round = async (from: number): Promise<void> => {
      for (let index = from; index < from + 50; index += 1) {
        const held = await runtime.as({ id: `user-${index}` }).acquire("app:cache")
        await held.set(`key-${index}`, index)
        await held.release()
        runtime.exit(await dynamic.startChild(child(fragile, { restart: "temporary" })), { error: new Error("out") })
        const named = runtime.spawn(fragile, undefined, { name: `name-${index}` })
        runtime.exit(named, { error: new Error("out") })
        runtime.tell(named, "late")
      }
      await time.advance(EVERY_MS)
    }
    await round(0)
    const series = seriesOf()
    await round(50)
    expect(seriesOf()).toBe(series)
    expect(risenOf(metrics.snapshot(), "pigeonhole.crashes")).toEqual({ "app:dyn": 100, other: 100 })
  })
})

describe("metricsOf", () => {
  it("listens no more once it is closed, arms nothing, and says what was then", async () => {
    const time = virtualTime({ unseenMs: 0 })
    const runtime = await start({ "app:s": fragile, "app:cache": store() }, { host: time, log: () => {} })
    onTestFinished(() => runtime.stop())
    await time.settle()
    const before = time.armedTimers
    const metrics = metricsOf(runtime)
    await time.settle()
    expect(time.armedTimers).toBe(before + 1)
    metrics.close()
    await time.settle()
    expect(time.armedTimers).toBe(before)
    const last = metrics.snapshot()
    runtime.exit(runtime.whereis("app:s") as never, { error: new Error("out") })
    await time.settle()
    metrics.close()
    expect(metrics.snapshot()).toEqual(last)
    expect(metrics).toBeInstanceOf(Metrics)
    using disposed = metricsOf(runtime)
    expect(disposed.snapshot()).not.toEqual(last)
  })

  it("holds no program, and answers when the application has ended", async () => {
    const time = virtualTime({ unseenMs: 0 })
    const runtime = await start({ "app:cache": store() }, { host: time, log: () => {} })
    const metrics = metricsOf(runtime)
    await time.settle()
    expect(time.heldTimers).toBe(0)
    await runtime.stop()
    expect(valuesOf(metrics.snapshot(), "pigeonhole.processes")).toEqual({ "": 0 })
  })

  it("gives what nobody can change", async () => {
    const { metrics } = await opened({ "app:s": fragile })
    const point = metrics.snapshot().find(({ name }) => name === "pigeonhole.restarts")?.points[0]
    expect(() => Object.assign(point?.attributes ?? {}, { "pigeonhole.service": "changed" })).toThrow(TypeError)
    expect(JSON.stringify(metrics.snapshot())).not.toContain("changed")
  })
})
