/** PostgreSQL as a durable store's database: the port, and nothing of SQLite's. Skipped where it is not installed; in CI it fails. */

import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { storeDatabaseContract } from "../../contracts/store-database.ts"
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
}
