/** What cannot be meant is refused by a store with partitions in the words of any store, and nobody is asked anything. */

import { describe, expect, it, onTestFinished } from "vitest"
import type { StoreMailbox } from "../../../actors/index.ts"
import { complaint, mistakesAt } from "../../support/mistakes.ts"
import { storeRows } from "../../support/option-store.ts"
import { buildStore } from "../../support/store-stage.ts"

const stage = await buildStore({ store: { partitions: 3 } })
const { cache, runtime } = stage
const rows = storeRows(cache as StoreMailbox, cache.watch({ prefix: "watched" }), await cache.lease("leased"))
await stage.time.settle()

describe("what cannot be meant of a store with partitions is refused with its path, and nothing has changed:", () => {
  it.each(Object.entries(rows))("%s", async (_name, places) => {
    const { entries } = await cache.statistics()
    const complaints: (string | undefined)[] = []
    for (const place of places) for (const mistake of mistakesAt(place)) complaints.push(await complaint(place, mistake))
    expect(complaints.length).toBeGreaterThan(5)
    expect(complaints.filter((one) => one !== undefined)).toEqual([])
    expect((await cache.statistics()).entries).toBe(entries)
  })

  it("the store stops as if nothing had been", async () => {
    onTestFinished(() => runtime.stop())
    expect(stage.log.filter(({ level }) => level === "error")).toEqual([])
  })
})
