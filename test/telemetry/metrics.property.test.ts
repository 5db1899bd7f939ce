/** Counters against a naive count, whatever is asked, crashes and is measured in whatever order. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { child, type InspectionEvent, store } from "../../actors/index.ts"
import { type Metric, metricsOf } from "../../src/telemetry.ts"
import { bootApp } from "../support/app.ts"
import { risenOf } from "../support/metric-values.ts"
import { seeds } from "../support/seeds.ts"

const EVERY_MS = 1000
const IDS = ["app:one", "app:parts", "app:kept"] as const
const PROCESSES = ["app:one", "app:parts#0", "app:parts#1", "app:parts#2", "app:kept"]
const KEYS = ["a", "b", "c", "d", "e", "f"]

type Command =
  | { readonly op: "set" | "get" | "delete"; readonly id: (typeof IDS)[number]; readonly key: string }
  | { readonly op: "crash"; readonly process: string; readonly isMeasured: boolean }
  | { readonly op: "advance"; readonly ms: number }
  | { readonly op: "look" }

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      op: fc.constantFrom("set" as const, "get" as const, "get" as const, "delete" as const),
      id: fc.constantFrom(...IDS),
      key: fc.constantFrom(...KEYS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant("crash" as const), process: fc.constantFrom(...PROCESSES), isMeasured: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 3000 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("look" as const) }) },
)

describe("metrics", () => {
  it("count what has happened, and never go back, whatever is asked, crashes and is measured in whatever order", async () => {
    await fc.assert(fc.asyncProperty(fc.array(command, { maxLength: 60, size: "max" }), agree), seeds(100, 20))
  }, 60_000)
})

async function agree(commands: readonly Command[]): Promise<void> {
  const events: InspectionEvent[] = []
  const app = await bootApp(
    {
      "app:one": store<number>(),
      "app:parts": store<number>({ partitions: 3 }),
      "app:kept": child(store<number>(), { state: "retain" }),
    },
    { inspect: (event) => events.push(event) },
  )
  const { runtime, time } = app
  const metrics = metricsOf(runtime, { measureEveryMs: EVERY_MS })
  const mailboxes = {
    "app:one": await runtime.acquire("app:one"),
    "app:parts": await runtime.acquire("app:parts"),
    "app:kept": await runtime.acquire("app:kept"),
  }
  const lookUps = new Map<string, { hits: number; misses: number }>(IDS.map((id) => [id, { hits: 0, misses: 0 }]))
  let isExact = true
  let last = metrics.snapshot()
  try {
    for (const step of commands) {
      switch (step.op) {
        case "set":
          await mailboxes[step.id].set(step.key, 1)
          break
        case "delete":
          await mailboxes[step.id].delete(step.key)
          break
        case "get": {
          const found = await mailboxes[step.id].get(step.key)
          const seen = lookUps.get(step.id) as { hits: number; misses: number }
          if (found === undefined) seen.misses += 1
          else seen.hits += 1
          break
        }
        case "crash":
          if (step.isMeasured) await time.advance(EVERY_MS)
          // What was never measured is lost with the incarnation, but where the table is retained.
          else if (step.process !== "app:kept") isExact = false
          runtime.exit(runtime.whereis(step.process) as never, { error: new Error("out") })
          await time.advance(5001)
          break
        case "advance":
          await time.advance(step.ms)
          break
        case "look":
          last = risesFrom(last, metrics.snapshot())
      }
    }
    await time.advance(2 * EVERY_MS)
    last = risesFrom(last, metrics.snapshot())
    expect(risenOf(last, "pigeonhole.restarts")).toEqual(countOf(events, "restarting"))
    for (const [name, figure] of [
      ["hits", "hits"],
      ["misses", "misses"],
    ] as const) {
      const counted = risenOf(last, `pigeonhole.store.${name}`)
      for (const id of IDS) {
        const seen = lookUps.get(id)?.[figure] ?? 0
        if (isExact || id === "app:kept") expect([id, name, counted[id] ?? 0]).toEqual([id, name, seen])
        else expect(counted[id] ?? 0).toBeLessThanOrEqual(seen)
      }
    }
  } finally {
    await runtime.stop()
  }
}

/** By service, without the number of a partition. */
function countOf(events: readonly InspectionEvent[], type: "restarting"): Record<string, number> {
  const counted: Record<string, number> = {}
  for (const event of events) {
    if (event.type !== type) continue
    const service = event.child.replace(/#\d+$/, "")
    counted[service] = (counted[service] ?? 0) + 1
  }
  return counted
}

/** No counter and no bucket is below what it was, and none has gone. */
function risesFrom(before: readonly Metric[], after: readonly Metric[]): readonly Metric[] {
  const now = new Map(after.flatMap((metric) => numbersOf(metric)))
  for (const [key, value] of before.flatMap((metric) => numbersOf(metric))) expect([key, now.get(key) ?? -1, value]).toSatisfy(isRisen)
  return after
}

const isRisen = ([, now, before]: readonly [string, number, number]): boolean => now >= before

function numbersOf(metric: Metric): (readonly [string, number])[] {
  const keyOf = (attributes: object, le?: number): string => JSON.stringify([metric.name, attributes, String(le)])
  if (metric.type === "gauge") return []
  if (metric.type !== "histogram") return metric.points.map(({ attributes, value }) => [keyOf(attributes), value])
  return metric.points.flatMap(({ attributes, buckets }) => buckets.map(({ le, count }) => [keyOf(attributes, le), count] as const))
}
