/** The numbers of a running application as metrics of Effect, read back by Effect, and as its own exporter sends them. */

import { Effect, Layer, Metric, type Scope } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Otlp from "effect/observability/Otlp"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import { type EffectMetricsOptions, effectMetrics, Mailbox, Pigeonhole, Store } from "../../actors/effect.ts"
import { type MailboxOf, server, store } from "../../actors/index.ts"
import { otlpReceiver } from "../support/otlp-receiver.ts"

const fragile = server({
  init: () => ({}),
  call: {
    get: () => 1,
    boom: () => {
      throw new Error("boom")
    },
  },
})
const TREE = { "app:cache": store<number>(), "app:fragile": fragile }

/** On virtual time, in a registry of its own, or a given one. */
function measured<A, E>(
  program: Effect.Effect<A, E, Pigeonhole | Scope.Scope>,
  registry: Metric.MetricRegistry = new Map(),
  options?: EffectMetricsOptions,
): Promise<A> {
  const layer = effectMetrics(options).pipe(Layer.provideMerge(Pigeonhole.layerTest(TREE, { log: () => {} })))
  return Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(layer), Effect.provideService(Metric.MetricRegistry, registry)))
}

const used = Effect.gen(function* () {
  const cache = yield* Store.acquire<number>("app:cache")
  const box = yield* Mailbox.acquire<MailboxOf<typeof fragile>>("app:fragile")
  yield* cache.set("a", 1)
  yield* cache.get("a")
  yield* cache.get("b")
  yield* Effect.exit(box.call.boom())
})

/** The states of a metric's series, by their service. */
const states = (name: string) =>
  Effect.map(Metric.snapshot, (all) =>
    Object.fromEntries(
      all.filter(({ id }) => id === name).map(({ attributes, state }) => [attributes?.["pigeonhole.service"] ?? "", state as object]),
    ),
  )

describe("metrics of Effect", () => {
  it("have counters, gauges and histograms of what has happened, a second old at most, of stores two", async () => {
    const program = Effect.gen(function* () {
      yield* used
      yield* TestClock.adjust("2 seconds")
      return yield* Effect.all({
        restarts: states("pigeonhole.restarts"),
        depth: states("pigeonhole.inbox.depth"),
        duration: states("pigeonhole.request.duration"),
        hits: states("pigeonhole.store.hits"),
        entries: states("pigeonhole.store.entries"),
      })
    })
    const { restarts, depth, duration, hits, entries } = await measured(program)
    expect(restarts).toMatchObject({ "app:fragile": { count: 1, incremental: true } })
    expect(depth).toMatchObject({ "app:cache": { value: 0 }, "app:fragile": { value: 0 } })
    expect(duration).toHaveProperty(["app:cache", "count"])
    expect(hits).toMatchObject({ "app:cache": { count: 1 } })
    expect(entries).toMatchObject({ "app:cache": { value: 1 } })
  })

  it("are written as often as is said, and not before", async () => {
    const program = Effect.gen(function* () {
      yield* used
      yield* TestClock.adjust("9 seconds")
      const before = yield* states("pigeonhole.restarts")
      yield* TestClock.adjust("1 second")
      return [before, yield* states("pigeonhole.restarts")]
    })
    const [before, after] = await measured(program, undefined, { measureEvery: "10 seconds" })
    expect(before).toMatchObject({ "app:fragile": { count: 0 } })
    expect(after).toMatchObject({ "app:fragile": { count: 1 } })
  })

  it("are whole when the application stops: counters stay, and go on with the next one; gauges say nothing of what was", async () => {
    const registry: Metric.MetricRegistry = new Map()
    await measured(Effect.andThen(used, TestClock.adjust("2 seconds")), registry)
    const read = (name: string) => Effect.runPromise(Effect.provideService(states(name), Metric.MetricRegistry, registry))
    expect(await read("pigeonhole.restarts")).toMatchObject({ "app:fragile": { count: 1 } })
    expect(await read("pigeonhole.processes")).toMatchObject({ "": { value: 0 } })
    expect(await read("pigeonhole.store.entries")).toMatchObject({ "app:cache": { value: 0 } })
    await measured(used, registry)
    expect(await read("pigeonhole.restarts")).toMatchObject({ "app:fragile": { count: 2 } })
  })

  it("have bounded names: ids of services and operations, never keys", async () => {
    const registry: Metric.MetricRegistry = new Map()
    const program = Effect.gen(function* () {
      const cache = yield* Store.acquire<number>("app:cache")
      for (let key = 0; key < 500; key += 1) yield* cache.set(`key-${key}`, key)
      yield* TestClock.adjust("1 second")
      return yield* Metric.snapshot
    })
    const all = await measured(program, registry)
    expect(all.length).toBeLessThan(100)
    expect(JSON.stringify(all.map(({ attributes }) => attributes))).not.toContain("key-")
  })

  it("have the attributes that the context says", async () => {
    const program = Effect.map(Metric.snapshot, (all) => all.every(({ attributes }) => attributes?.region === "north"))
    const layer = effectMetrics().pipe(Layer.provideMerge(Pigeonhole.layerTest(TREE, { log: () => {} })))
    const isSaid = program.pipe(
      Effect.provide(layer),
      Effect.provideService(Metric.CurrentMetricAttributes, { region: "north" }),
      Effect.provideService(Metric.MetricRegistry, new Map()),
    )
    expect(await Effect.runPromise(isSaid)).toBe(true)
  })

  it("refuse what they are not told", async () => {
    for (const [options, field] of [
      [{ measureEvery: 0 }, "measureEvery"],
      [{ sampleRequests: 2 }, "sampleRequests"],
      [{ every: 1 }, "every"],
    ] as const)
      expect(() => effectMetrics(options as never)).toThrow(expect.objectContaining({ kind: "INVALID", details: { field } }))
  })

  it("arrive where Effect exports to", async () => {
    await using receiver = await otlpReceiver()
    const exporting = Otlp.layerJson({ baseUrl: new URL(receiver.url("metrics")).origin, resource: { serviceName: "test" } })
    const layer = effectMetrics().pipe(
      Layer.provideMerge(Pigeonhole.layer(TREE, { log: () => {} })),
      Layer.provide(exporting),
      Layer.provide(FetchHttpClient.layer),
    )
    await Effect.runPromise(Effect.scoped(used).pipe(Effect.provide(layer), Effect.provideService(Metric.MetricRegistry, new Map())))
    expect(receiver.metrics.get("pigeonhole.restarts")).toMatchObject({ type: "counter", unit: "{restart}" })
    expect(receiver.metrics.get("pigeonhole.request.duration")).toMatchObject({ type: "histogram", unit: "s" })
    expect(receiver.metrics.get("pigeonhole.inbox.depth")?.type).toBe("gauge")
  })
})
