import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { type Pid, start } from "../../actors/index.ts"
import { replayTree, unaccounted } from "../../examples/replay/command.ts"
import { replay } from "../../examples/replay/replay.ts"
import { readTrace } from "../../examples/replay/trace.ts"
import { drawTtls } from "../../examples/replay/ttl-mix.ts"
import { seededRandom, virtualTime } from "../../src/testing.ts"
import { lookAsideModel } from "../models/look-aside.ts"

const WINDOW = 256

/** Popularity as in real caches: a few keys make most of the requests. */
function zipfTrace(requests: number, seed: number): readonly string[] {
  const random = seededRandom(seed)
  return Array.from({ length: requests }, () => `key-${Math.floor(random() ** 3 * 3000)}`)
}

/** Replays in virtual time, which moves by `msPerRequest` for each request of a window once the window is done. */
async function replayAndModel(keys: readonly string[], seed: number, crashEvery: number, msPerRequest: number) {
  const time = virtualTime({ seed })
  const runtime = await start(replayTree, { host: time, log: () => {} })
  const cache = await runtime.acquire("replay:cache")
  const clock = new Float64Array(keys.length)
  const ttls = drawTtls(keys.length, seed)
  let done = 0
  const report = await replay(cache, {
    keys,
    ttls,
    callers: 64,
    window: WINDOW,
    crashEvery,
    now: time.now,
    crash: () => void runtime.exit(runtime.whereis("replay:cache") as Pid, { error: new Error("crashed on purpose") }),
    between: async (to) => {
      clock.fill(time.now(), done, to)
      await time.advance((to - done) * msPerRequest)
      done = to
    },
  })
  const statistics = runtime.statistics()
  await runtime.stop()
  return { report, statistics, model: lookAsideModel({ keys, ttls, clock, crashEvery }) }
}

describe("replay", () => {
  it.each([
    [1, 0],
    [2, 5000],
    [3, 700],
  ])(
    "of a drawn stream, with seed %i and a crash every %i requests, hits exactly what a map and a clock would",
    async (seed, crashEvery) => {
      const keys = zipfTrace(20_000, seed)
      const { report, model, statistics } = await replayAndModel(keys, seed, crashEvery, 200)
      expect({ hits: report.hits, misses: report.misses }).toEqual(model)
      expect(report.hits).toBeGreaterThan(1000)
      expect(report.expiries).toBeGreaterThan(100)
      expect(report.crashes).toBe(crashEvery === 0 ? 0 : Math.ceil(keys.length / crashEvery) - 1)
      expect(unaccounted(report)).toBe(0)
      expect(report.failed.size).toBe(0)
      expect(statistics.handled + statistics.returned + statistics.reported + statistics.waiting).toBe(statistics.accepted)
    },
  )

  const recorded = fileURLToPath(new URL("../../../shared/data/web12.keys.gz", import.meta.url))
  it.skipIf(!existsSync(recorded))("of a recorded stream does, too (skipped where the recording is not at hand)", async () => {
    const keys = await readTrace(recorded)
    const { report, model } = await replayAndModel(keys, 1, 20_000, 10)
    expect(keys).toHaveLength(95_607)
    expect({ hits: report.hits, misses: report.misses }).toEqual(model)
    expect(unaccounted(report)).toBe(0)
  })
})
