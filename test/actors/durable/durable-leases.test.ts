/** Leases of a durable store: what is its own beside the store in memory, whose rules the contract of stores holds it to. */

import { describe, expect, it } from "vitest"
import { DurableFences } from "../../../actors/durable/durable-fences.ts"
import type { Decided } from "../../../actors/durable/key-line.ts"
import { MOST_UNCOMMITTED } from "../../../actors/durable/store-database.ts"
import { VersionCount } from "../../../actors/durable/version-count.ts"
import { type DurableStageOptions, durableHouse, openDurable } from "../../support/durable-stage.ts"
import { MemoryDatabase } from "../../support/memory-database.ts"
import { refusalOf } from "../../support/refusal.ts"

async function onMemory(options: DurableStageOptions = {}, database = new MemoryDatabase()) {
  return { ...(await openDurable({ ...options, store: { ...options.store, database } })), database }
}

describe("the fence of a durable store's lease", () => {
  it("is greater than all before it, after crashes, in the next program, and whatever the calendar says", async () => {
    const database = new MemoryDatabase()
    const fences: number[] = []
    for (const systemTime of [1e12, 0, 5e11]) {
      const { store, runtime, time, crash } = await onMemory({ systemTime }, database)
      for (let life = 0; life < 2; life += 1) {
        for (const key of ["a", "b"]) {
          const lease = await store.lease(key, { ttl: 10 })
          fences.push(lease.fence)
          await lease.release()
          await store.set(key, 1)
        }
        time.setSystemTime(0)
        await crash()
        await time.advance(60_000)
      }
      await runtime.stop()
    }
    expect(fences).toHaveLength(12)
    expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other))
  })

  it("is so on SQLite, too", async () => {
    const house = await durableHouse()
    const first = await house.open({ systemTime: 1e12 })
    const { fence } = await first.store.lease("a")
    await first.runtime.stop()
    const second = await house.open({ systemTime: 0 })
    expect((await second.store.lease("b")).fence).toBeGreaterThan(fence)
  })

  it("costs no commit, and is never given again by a program that comes after one that was killed", async () => {
    const database = new MemoryDatabase()
    const { store, runtime } = await onMemory({}, database)
    const { fence } = await store.lease("a")
    expect(database.commits).toEqual([])
    const pid = runtime.whereis("app:entries")
    if (pid === undefined) throw new Error("the store does not run")
    const ended = runtime.whenEnded(pid)
    runtime.exit(pid, "kill")
    await ended
    await new Promise((resolve) => setImmediate(resolve))
    expect((await store.lease("a")).fence).toBeGreaterThan(fence)
  })

  it("is written down long before there are as many as a database keeps from being given again", () => {
    const told: Decided[] = []
    const versions = new VersionCount(7)
    const fences = new DurableFences({ versions, addIfRoom: (decided) => told.push(decided) > 0 })
    let last = 7
    for (let given = 0; given < MOST_UNCOMMITTED / 2; given += 1) {
      expect(fences.refusal).toBeUndefined()
      const fence = fences.next()
      if (fence <= last) expect.fail(`${fence} comes after ${last}`)
      last = fence
    }
    // A few, and not one for each fence.
    expect(told.length).toBeGreaterThanOrEqual(4)
    expect(told.length).toBeLessThan(10)
    expect(fences.refusal).toMatchObject({ kind: "UNAVAILABLE", retryable: true })
    versions.written(told.at(-1)?.changes[0]?.version ?? 0)
    expect(fences.refusal).toBeUndefined()
  })
})

describe("a lease of a durable store", () => {
  it("is over with the incarnation that gave it, whose holder hears of it", async () => {
    const { store, crash, time } = await onMemory()
    const lease = await store.lease("a")
    const { signal } = lease
    await crash()
    await time.settle()
    expect([lease.isHeld, signal.aborted]).toEqual([false, true])
    expect(await store.leaseOf("a")).toBeUndefined()
    expect(await refusalOf(lease.renew())).toMatchObject({ kind: "CONFLICT" })
  })

  it("is nothing on disk, and hides no entry", async () => {
    const { store, database } = await onMemory()
    await store.set("a", 1)
    await store.lease("a")
    expect([await store.get("a"), await store.count(), database.rows.size]).toEqual([1, 1, 1])
    expect(await store.info()).toMatchObject({ capabilities: { watch: true, leases: true, transactions: true } })
  })
})
