/**
 * PostgreSQL as a durable store's database: the port, and nothing of SQLite's; and a durable store on it, which keeps the contract of stores. Skipped where
 * it is not installed; in CI it fails.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { durableStore } from "../../../actors/durable.ts"
import { stageStore } from "../../../actors/testing.ts"
import { storeDatabaseContract } from "../../contracts/store-database.ts"
import { keepsContract } from "../../support/kept-contract.ts"
import { type Cluster, POSTGRES, startPostgres } from "../../support/postgres.ts"
import { PostgresDatabase } from "../../support/postgres-database.ts"

const programs = POSTGRES
if (programs === undefined) {
  describe("PostgreSQL", () => {
    it.skipIf(process.env.CI === undefined)("is not installed: apt-get install postgresql", () => {
      expect.fail("PostgreSQL is not installed")
    })
  })
} else {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startPostgres(programs)
  }, 60_000)
  afterAll(() => cluster?.stop())

  let made = 0
  storeDatabaseContract("PostgreSQL", async () => {
    made += 1
    const table = `entries_${made}`
    return { database: () => new PostgresDatabase(cluster.port, table), remove: async () => {} }
  })

  describe("a durable store on PostgreSQL", () => {
    const tables = new Set<string>()
    const open = stageStore(
      ({ place }) => {
        const table = `store_${place.replace(/\W/g, "_")}`
        tables.add(table)
        return durableStore({ database: new PostgresDatabase(cluster.port, table) })
      },
      { isLasting: true },
    )
    // It has no limit of entries, and bound ones end with a crash, as they are in memory alone.
    keepsContract(open, ["evicts", "kept", "refuses"], { without: ["refuses", "kept"] })

    it("has had a table of its own for each promise", () => {
      expect(tables.size).toBeGreaterThan(100)
    })
  })
}
