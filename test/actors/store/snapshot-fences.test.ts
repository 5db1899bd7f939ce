/** The fences of a store with a snapshot: none is given again by the next program, whatever its calendar says. */

import { describe, expect, it } from "vitest"
import type { StoreOptions } from "../../../actors/index.ts"
import { FORMAT_WITHOUT_FENCES, MAGIC, SNAPSHOT_FORMAT } from "../../../actors/store/snapshot-format.ts"
import { MemorySnapshot } from "../../support/memory-snapshot.ts"
import { buildStore } from "../../support/store-stage.ts"

/** One life of a program: what is done in it, and then it stops. */
async function life<Result>(
  place: MemorySnapshot,
  systemTimeMs: number,
  work: (cache: Awaited<ReturnType<typeof buildStore>>["cache"]) => Promise<Result>,
  options: StoreOptions = {},
): Promise<Result> {
  const { cache, runtime } = await buildStore({ store: { ...options, snapshot: { to: place } }, systemTimeMs })
  const result = await work(cache)
  await runtime.stop()
  return result
}

const format = ({ kept }: MemorySnapshot) => Buffer.from(kept as Uint8Array).readUInt32LE(MAGIC.length)

describe("a fence", () => {
  it("is greater than all of the program before, though the calendar was set back, and nothing else has changed", async () => {
    const place = new MemorySnapshot()
    const fences: number[] = []
    const give = async (cache: Parameters<Parameters<typeof life>[2]>[0]) => {
      const lease = await cache.lease("a")
      await lease.release()
      fences.push(lease.fence)
    }
    await life(place, 1_000_000, (cache) => cache.set("a", 1))
    for (const systemTimeMs of [1_000_000, 500, 0, 0]) await life(place, systemTimeMs, give)
    // One in which none is given hands on what it has found.
    await life(place, 0, (cache) => cache.set("a", 2))
    for (const systemTimeMs of [0, 2_000_000, 0]) await life(place, systemTimeMs, give)
    expect(fences).toEqual(fences.toSorted((one, other) => one - other))
    expect(new Set(fences).size).toBe(fences.length)
  })

  it("that was never given leaves the snapshot as older releases read it", async () => {
    const place = new MemorySnapshot()
    await life(place, 0, (cache) => cache.set("a", 1))
    expect(format(place)).toBe(FORMAT_WITHOUT_FENCES)
    await life(place, 0, (cache) => cache.lease("a"))
    expect(format(place)).toBe(SNAPSHOT_FORMAT)
    expect(await life(place, 0, (cache) => cache.get("a"))).toBe(1)
  })
})
