/** Whose a database is, and that whoever has it lets go of it however it ends. */

import { describe, expect, it } from "vitest"
import { Place } from "../../../actors/durable/tenancy.ts"
import { durableStore } from "../../../actors/durable.ts"
import { start } from "../../../actors/index.ts"
import { type ExitReason, endingError } from "../../../src/kernel/exit-reason.ts"
import { virtualTime } from "../../../src/testing.ts"
import { refusal } from "../../support/errors.ts"
import { MemoryDatabase } from "../../support/memory-database.ts"

function housed() {
  const database = new MemoryDatabase()
  return { database, place: new Place(database), life: new AbortController() }
}

const ending = (reason: ExitReason) => endingError("app:entries", reason)

describe("a database", () => {
  it("is let go of by whoever is killed, and not by whoever is told to stop, who has to write what is left", async () => {
    for (const [reason, isOpen] of [
      ["killed", false],
      ["shutdown", true],
    ] as const) {
      const { database, place, life } = housed()
      await place.move(life.signal)
      life.abort(ending(reason))
      await Promise.resolve()
      expect([reason, database.isOpen]).toEqual([reason, isOpen])
    }
  })

  it("is so, too, by whoever was killed while it was opened", async () => {
    const { database, place, life } = housed()
    const moving = place.move(life.signal)
    life.abort(ending("killed"))
    await moving
    expect(database.isOpen).toBe(false)
  })

  it("stays the next one's, whatever becomes of the one before", async () => {
    const { database, place, life } = housed()
    await place.move(life.signal)
    life.abort(ending("shutdown"))
    const next = new AbortController()
    const { database: tenancy } = await place.move(next.signal)
    await Promise.resolve()
    expect([database.isOpen, tenancy.isAlive]).toEqual([true, true])
  })

  it("is one store's at a time, however many are defined on it and whichever application they are of", async () => {
    const database = new MemoryDatabase()
    const settings = { host: virtualTime(), log: () => {} }
    const defined = () => ({ "app:entries": durableStore<string>({ database }) })
    const first = await start(defined(), settings)
    const entries = await first.acquire("app:entries")
    await entries.set("a", "first")
    for (const tree of [defined(), { "app:others": durableStore<string>({ database, durability: "interval" }) }]) {
      const refused = await refusal(start(tree, settings))
      expect(refused).toMatchObject({ kind: "UNAVAILABLE", retryable: false, cause: { kind: "CONFLICT", details: { field: "database" } } })
      expect((refused as Error).message).toContain("the database is another store's: each store needs one, or a table, of its own")
    }
    await entries.set("b", "first")
    await first.stop()
    const next = await start(defined(), settings)
    expect(await (await next.acquire("app:entries")).getMany(["a", "b"])).toEqual(["first", "first"])
    await next.stop()
  })
})
