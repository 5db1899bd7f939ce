/** The numbers of a runtime as they arrive at a receiver of OTLP on loopback. */

import { diag, type Meter, metrics } from "@opentelemetry/api"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http"
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { afterEach, describe, expect, it } from "vitest"
import { child, server, store } from "../../actors/index.ts"
import { openTelemetryMetrics } from "../../src/opentelemetry.ts"
import { metricsOf } from "../../src/telemetry.ts"
import { bootApp } from "../support/app.ts"
import { fieldOf } from "../support/errors.ts"
import { otlpReceiver, type ReceivedMetric } from "../support/otlp-receiver.ts"

afterEach(() => {
  metrics.disable()
  diag.disable()
})

const DESK = server({
  init: () => ({}),
  call: {
    add: (_state, n: number) => n + 1,
    crash: () => {
      throw new Error("boom")
    },
    slow: (_state, until: Promise<number>) => until,
  },
})
const TREE = { "app:cache": store<number>(), "app:desk": child(DESK, { backoff: { initialMs: 10 } }) }

async function exporting() {
  const receiver = await otlpReceiver()
  const exporter = new OTLPMetricExporter({ url: receiver.url("metrics") })
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
  return {
    provider,
    async arrived(): Promise<ReadonlyMap<string, ReceivedMetric>> {
      receiver.metrics.clear()
      await provider.forceFlush()
      return receiver.metrics
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await provider.shutdown()
      await receiver[Symbol.asyncDispose]()
    },
  }
}

const numberOf = (metric: ReceivedMetric | undefined, attributes: object = {}): number | undefined =>
  metric?.points.find((point) => Object.entries(attributes).every(([name, value]) => point.attributes[name] === value))?.value

const kindOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error) => error.kind,
  )

/** Two hits, one miss, a crash, a message that waits 20 ms behind another. */
async function use({ runtime, time }: Awaited<ReturnType<typeof bootApp<typeof TREE>>>): Promise<void> {
  const cache = await runtime.acquire("app:cache")
  const desk = await runtime.acquire("app:desk")
  await cache.set("a", 1)
  await Promise.all([cache.get("a"), cache.get("a"), cache.get("b")])
  expect(await kindOf(desk.call.crash())).toBe("INTERNAL")
  await time.advance(1000)
  const first = Promise.withResolvers<number>()
  const answers = [desk.call.slow(first.promise), desk.call.add(1)]
  await time.advance(20)
  first.resolve(1)
  await Promise.all(answers)
  await time.advance(1000)
}

describe("metrics", () => {
  it("arrive with their names, units and words, and are the numbers of the runtime", async () => {
    await using exported = await exporting()
    const app = await bootApp(TREE)
    using own = metricsOf(app.runtime, { measureEveryMs: 100 })
    using _export = openTelemetryMetrics(app.runtime, { meterProvider: exported.provider, measureEveryMs: 100 })
    await use(app)
    const arrived = await exported.arrived()
    const sorted = (points: readonly { attributes: object; value: number }[]) =>
      points.map(({ attributes, value }) => JSON.stringify([Object.entries(attributes).sort(), value])).sort()
    const snapshot = own.snapshot().filter(({ points }) => points.length > 0)
    expect([...arrived.keys()].sort()).toEqual(snapshot.map(({ name }) => name).sort())
    for (const metric of snapshot) {
      const there = arrived.get(metric.name)
      expect([there?.type, there?.unit, there?.description], metric.name).toEqual([metric.type, metric.unit, metric.help])
      const points =
        metric.type === "histogram" ? metric.points.map(({ attributes, count }) => ({ attributes, value: count })) : metric.points
      expect(sorted(there?.points ?? []), metric.name).toEqual(sorted(points))
    }
  })

  it("tell of restarts, and of each service", async () => {
    await using exported = await exporting()
    const app = await bootApp(TREE)
    using _export = openTelemetryMetrics(app.runtime, { meterProvider: exported.provider, measureEveryMs: 100 })
    await use(app)
    const arrived = await exported.arrived()
    expect(
      arrived
        .get("pigeonhole.restarts")
        ?.points.map(({ value }) => value)
        .sort(),
    ).toEqual([0, 0, 1])
    expect(numberOf(arrived.get("pigeonhole.messages.handled"))).toBe(app.runtime.statistics().handled)
    expect(numberOf(arrived.get("pigeonhole.processes"))).toBe(3)
  })

  it("have histograms with the bounds that were asked for", async () => {
    await using exported = await exporting()
    const app = await bootApp(TREE)
    using _export = openTelemetryMetrics(app.runtime, { meterProvider: exported.provider, boundsSeconds: [0.01, 0.015, 0.1] })
    await use(app)
    const wait = (await exported.arrived()).get("pigeonhole.inbox.wait_time")
    const added = wait?.points.find(({ attributes }) => Object.values(attributes).includes("add"))
    expect(added?.buckets).toEqual([0, 0, 1, 0])
  })

  it("go on after one collection, and end with close, which may be called again", async () => {
    await using exported = await exporting()
    const app = await bootApp(TREE)
    const cache = await app.runtime.acquire("app:cache")
    const metrics = openTelemetryMetrics(app.runtime, { meterProvider: exported.provider })
    const handled = async () => numberOf((await exported.arrived()).get("pigeonhole.messages.handled")) ?? 0
    const before = await handled()
    await cache.get("a")
    expect(await handled()).toBe(before + 1)
    const waits = async () => (await exported.arrived()).get("pigeonhole.inbox.wait_time")?.points.map(({ value }) => value)
    const waited = await waits()
    metrics.close()
    metrics.close()
    await cache.get("a")
    await app.time.advance(10_000)
    expect(await waits()).toEqual(waited)
    const after = await exported.arrived()
    // What was counted stays known to the provider; nothing is added.
    expect(numberOf(after.get("pigeonhole.messages.handled")) ?? before + 1).toBe(before + 1)
    expect(app.runtime.statistics().handled).toBeGreaterThan(before + 1)
  })

  it("of an application that has stopped are its last", async () => {
    await using exported = await exporting()
    const app = await bootApp(TREE)
    using _export = openTelemetryMetrics(app.runtime, { meterProvider: exported.provider })
    await app.runtime.stop()
    expect(numberOf((await exported.arrived()).get("pigeonhole.processes"))).toBe(0)
  })

  it("go to the global provider by default", async () => {
    await using exported = await exporting()
    metrics.setGlobalMeterProvider(exported.provider)
    const { runtime } = await bootApp(TREE)
    using _export = openTelemetryMetrics(runtime)
    expect(numberOf((await exported.arrived()).get("pigeonhole.processes"))).toBe(3)
  })
})

describe("two runtimes", () => {
  it("with two providers send to each its own", async () => {
    await using one = await exporting()
    await using other = await exporting()
    const small = await bootApp({})
    const large = await bootApp(TREE)
    using _small = openTelemetryMetrics(small.runtime, { meterProvider: one.provider })
    using _large = openTelemetryMetrics(large.runtime, { meterProvider: other.provider })
    expect(numberOf((await one.arrived()).get("pigeonhole.processes"))).toBe(1)
    expect(numberOf((await other.arrived()).get("pigeonhole.processes"))).toBe(3)
  })

  it("of one provider are told apart by the attributes they were given", async () => {
    await using exported = await exporting()
    const small = await bootApp({})
    const large = await bootApp(TREE)
    const to = (app: string) => ({ meterProvider: exported.provider, attributes: { app } })
    using _small = openTelemetryMetrics(small.runtime, to("small"))
    using _large = openTelemetryMetrics(large.runtime, to("large"))
    await use(large)
    const arrived = await exported.arrived()
    const processes = arrived.get("pigeonhole.processes")
    expect([numberOf(processes, { app: "small" }), numberOf(processes, { app: "large" })]).toEqual([1, 3])
    const waits = arrived.get("pigeonhole.inbox.wait_time")?.points.map(({ attributes }) => attributes.app)
    expect(new Set(waits)).toEqual(new Set(["large"]))
  })
})

describe("a meter that throws", () => {
  const boom = (): never => {
    throw new Error("boom")
  }
  const failing = (changed: Partial<Meter>) => {
    const meter = metrics.getMeter("none")
    const getMeter = (): Meter => Object.assign(Object.create(meter), changed)
    return { meterProvider: { getMeter } }
  }

  it.each<[keyof Meter]>([["createHistogram"], ["createObservableCounter"], ["createObservableGauge"], ["addBatchObservableCallback"]])(
    "at once, in %s, is its caller's to hear of, and nothing is left listening",
    async (name) => {
      let recorded = 0
      const createHistogram = () => ({ record: () => void recorded++ })
      const { runtime, time } = await bootApp(TREE)
      expect(() => openTelemetryMetrics(runtime, failing({ createHistogram, [name]: boom }))).toThrow("boom")
      const desk = await runtime.acquire("app:desk")
      await desk.call.add(1)
      await time.advance(10_000)
      expect(recorded).toBe(0)
    },
  )

  it("later costs numbers, is complained of once, and no request", async () => {
    const complaints: unknown[] = []
    const note = (told: unknown) => void complaints.push(told)
    diag.setLogger({ error: note, warn: note, info: () => {}, debug: () => {}, verbose: () => {} })
    const { runtime, time } = await bootApp(TREE)
    const createHistogram = () => ({ record: boom })
    const exported = openTelemetryMetrics(runtime, failing({ createHistogram, removeBatchObservableCallback: boom }))
    const desk = await runtime.acquire("app:desk")
    expect(await Promise.all([desk.call.add(1), desk.call.add(2)])).toEqual([2, 3])
    await time.settle()
    exported.close()
    exported.close()
    expect(complaints.sort()).toEqual([
      "pigeonhole: metrics could not be taken back",
      "pigeonhole: pigeonhole.inbox.wait_time could not be recorded",
      "pigeonhole: pigeonhole.request.duration could not be recorded",
      "pigeonhole: pigeonhole.turn.duration could not be recorded",
    ])
  })

  it("is no provider, where it gives no meter", async () => {
    const { runtime } = await bootApp({})
    const wrong = (meterProvider: unknown) => () => Reflect.apply(openTelemetryMetrics, undefined, [runtime, { meterProvider }])
    expect(fieldOf(wrong({}))).toBe("meterProvider")
    expect(fieldOf(wrong({ getMeter: () => ({}) }))).toBe("meterProvider")
  })
})
