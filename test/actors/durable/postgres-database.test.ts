/**
 * PostgreSQL as a durable store's database: the port, and nothing of SQLite's; and a durable store on it, which keeps the contract of stores. Skipped where
 * it is not installed; in CI it fails.
 */

import { inspect } from "node:util"
import type { Client } from "pg"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { durableStore, type PostgresOptions, postgresDatabase, type StoreDatabase } from "../../../actors/durable.ts"
import { type PigeonholeError, start } from "../../../actors/index.ts"
import { stageStore } from "../../../actors/testing.ts"
import { seededRandom } from "../../../src/testing.ts"
import { put, storeDatabaseContract } from "../../contracts/store-database.ts"
import { refusal } from "../../support/errors.ts"
import { keepsContract } from "../../support/kept-contract.ts"
import { type Cluster, connectionTo, gateTo, POSTGRES, startPostgres, urlOf } from "../../support/postgres.ts"

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
    return { database: () => postgresDatabase({ url: urlOf(cluster), table, openTimeoutMs: 0 }), remove: async () => {} }
  })

  describe("a PostgreSQL database", () => {
    const columns = { key: "id", value: "Payload", expiresAt: "order", version: "version" }

    it("has the table and columns that are named, whatever they mean in SQL, and is what it was when it is opened again", async () => {
      const options = { url: urlOf(cluster), table: "Select", columns }
      const database = postgresDatabase(options)
      await database.open()
      const entry = { key: "a\u{1F600}", version: 5, expiresAt: 9, idleMs: undefined, limitAt: undefined, value: Uint8Array.of(1, 2) }
      await database.commit([{ type: "put", ...entry }], 1)
      await database.close()
      const client = connectionTo(cluster.port)
      await client.connect()
      const { rows } = await client.query('SELECT "id", "order", "version", "Payload" FROM "Select"')
      await client.end()
      expect(rows).toEqual([{ id: expect.anything(), order: "9", version: "5", Payload: Buffer.of(1, 2) }])
      const again = postgresDatabase(options)
      const { lastVersion, entries } = await again.open()
      expect(lastVersion).toBeGreaterThanOrEqual(5)
      expect(entries).toBe(1)
      expect((await again.read(["a\u{1F600}"]))[0]).toMatchObject({ version: 5, expiresAt: 9 })
      await again.close()
      await expect(postgresDatabase({ url: urlOf(cluster), table: "Select" }).open()).rejects.toThrow(
        /^columns must be those it was made with/,
      )
    })

    it("refuses a key that is too large for its index, by name, and nothing of that commit is done", async () => {
      const database = postgresDatabase({ url: urlOf(cluster), table: "long_keys" })
      await database.open()
      const random = seededRandom(1)
      // Of letters that cannot be written shorter.
      const key = Array.from({ length: 20_000 }, () => String.fromCharCode(33 + Math.floor(random() * 90))).join("")
      const error = await refusal(database.commit([put("a", 1), put(key, 2)], 0))
      expect([error.kind, error.details.field]).toEqual(["INVALID", "key"])
      await database.commit([put("b", 3)], 0)
      expect((await database.look(["a", "b"])).map((row) => row?.version)).toEqual([undefined, 3])
      await database.close()
    })

    it("carries out changes of one key in their order, in whatever sorts they come", async () => {
      const database = postgresDatabase({ url: urlOf(cluster), table: "in_order" })
      await database.open()
      const facts = (version: number) => ({ version, expiresAt: undefined, idleMs: undefined, limitAt: undefined })
      const put = (key: string, version: number) => ({ type: "put", key, ...facts(version), value: Uint8Array.of(version) }) as const
      await database.commit(
        [
          put("a", 1),
          put("b", 2),
          put("a", 3),
          { type: "remove", key: "b", version: 4 },
          put("b", 5),
          { type: "touch", key: "a", ...facts(6) },
        ],
        1,
      )
      expect(await database.read(["a", "b"])).toMatchObject([
        { version: 6, value: Buffer.of(3) },
        { version: 5, value: Buffer.of(5) },
      ])
      await database.close()
    })

    it("refuses a table that is there and is no store's, with the columns it lacks, and leaves it as it was", async () => {
      const client = connectionTo(cluster.port)
      await client.connect()
      await client.query("CREATE TABLE theirs (key text PRIMARY KEY, value text, expires_at bigint)")
      await expect(postgresDatabase({ url: urlOf(cluster), table: "theirs" }).open()).rejects.toMatchObject({
        ...{ kind: "INVALID", retryable: false },
        message: "table names theirs, which is there and is no store's: it lacks the columns version, idle_ms, limit_at",
      })
      expect((await client.query("SELECT to_regclass('theirs_meta') AS meta")).rows).toEqual([{ meta: null }])
      await client.end()
    })

    it("is made beside others at the same moment, and where two would have one name, the second is refused by that", async () => {
      for (let round = 0; round < 10; round += 1) {
        const tables = [`pair${round}`, `pair${round}_meta`, `other${round}`]
        const databases = tables.map((table) => postgresDatabase({ url: urlOf(cluster), table }))
        const outcomes = await Promise.all(databases.map((one) => one.open().catch((error: PigeonholeError) => error)))
        await Promise.all(databases.map((one) => one.close()))
        const refused = outcomes.filter((outcome) => outcome instanceof Error)
        expect(refused.map(({ kind, details }) => [kind, details.field])).toEqual([["INVALID", "table"]])
      }
    })

    it("that another has open, or that is lost, is told as what may come right; what is there for nobody as what may not", async () => {
      const [first, second] = [1, 2].map(() => postgresDatabase({ url: urlOf(cluster), table: "shared", openTimeoutMs: 0 }))
      await first?.open()
      await expect(second?.open()).rejects.toMatchObject({ kind: "UNAVAILABLE", retryable: true })
      const client = connectionTo(cluster.port)
      await client.connect()
      await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pigeonhole'")
      await client.end()
      await expect(first?.commit([{ type: "remove", key: "a", version: 1 }], 1)).rejects.toMatchObject({
        kind: "UNAVAILABLE",
        retryable: true,
      })
      await expect(first?.read(["a"])).rejects.toMatchObject({ kind: "UNAVAILABLE", retryable: true })
      await first?.close()
      await first?.open()
      expect(await first?.read(["a"])).toEqual([undefined])
      await first?.close()
      await expect(first?.read(["a"])).rejects.toMatchObject({ kind: "UNAVAILABLE", retryable: false })
    })

    it("shows its URL in no error, nor a part of it", async () => {
      const port = cluster.port
      for (const [url, retryable] of [
        [`postgres://hunter2:hunter3@127.0.0.1:${port}/hunter4`, false],
        ["postgres://hunter2:hunter3@127.0.0.1:1/hunter4", true],
      ] as const) {
        const error: unknown = await postgresDatabase({ url, openTimeoutMs: 0 })
          .open()
          .catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ kind: "UNAVAILABLE", retryable })
        expect(inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error)).not.toMatch(/hunter|127\.0/)
      }
      for (const url of ["hunter2", "mysql://hunter2@h/x", 5, undefined])
        expect(() => postgresDatabase({ url } as never)).toThrow(/^url must be that of a database: postgres:/)
    })
  })

  describe("a PostgreSQL database, by default and with limits", () => {
    const connected = async (): Promise<Client> => {
      const client = connectionTo(cluster.port)
      await client.connect()
      onTestFinished(() => client.end())
      return client
    }
    const opened = async (options: Partial<PostgresOptions>): Promise<StoreDatabase> => {
      const database = postgresDatabase({ url: urlOf(cluster), ...options })
      onTestFinished(() => database.close())
      await database.open()
      return database
    }

    it("waits for what another has locked as long as was said, loses nothing, and serves again when it is free", async () => {
      const database = await opened({ table: "locked", busyTimeoutMs: 50 })
      await database.commit([put("a", 1)], 0)
      const other = await connected()
      await other.query("BEGIN; LOCK TABLE locked IN SHARE MODE")
      for (const work of [() => database.commit([put("a", 2)], 0), () => database.removeExpired(1, 1)]) {
        const error = await refusal(work())
        expect([error.kind, error.retryable, error.message]).toEqual([
          "UNAVAILABLE",
          true,
          expect.stringContaining("locked by somebody else"),
        ])
      }
      expect(await database.look(["a"])).toMatchObject([{ version: 1 }])
      await other.query("ROLLBACK")
      await database.commit([put("a", 3)], 0)
      expect(await database.look(["a"])).toMatchObject([{ version: 3 }])
    })

    it("waits no time at all where that was said", async () => {
      const database = await opened({ table: "busy", busyTimeoutMs: 0 })
      const other = await connected()
      await other.query("BEGIN; LOCK TABLE busy IN SHARE MODE")
      expect((await refusal(database.commit([put("a", 1)], 0))).kind).toBe("UNAVAILABLE")
      await other.query("ROLLBACK")
    })

    it("says of a write that somebody has ended that it was ended, and not that the server stops", async () => {
      const database = await opened({ table: "ended" })
      const other = await connected()
      await other.query("BEGIN; LOCK TABLE ended IN SHARE MODE")
      const commit = refusal(database.commit([put("a", 1)], 0))
      const waiting = "FROM pg_stat_activity WHERE application_name = 'pigeonhole' AND wait_event_type = 'Lock'"
      await expect.poll(async () => (await other.query(`SELECT pg_cancel_backend(pid) ${waiting}`)).rows.length).toBe(1)
      const error = await commit
      expect([error.kind, error.retryable, error.message]).toEqual([
        "UNAVAILABLE",
        true,
        expect.stringContaining("has given up what was asked"),
      ])
      await other.query("ROLLBACK")
      await database.commit([put("a", 2)], 0)
    })

    it("is opened once its server is there, and its table free", async () => {
      const server = await gateTo(cluster.port)
      onTestFinished(() => server.close())
      const url = urlOf(server)
      await server.close()
      expect((await refusal(postgresDatabase({ url, table: "later", openTimeoutMs: 0 }).open())).retryable).toBe(true)
      const [one, other] = [1, 2].map(() => postgresDatabase({ url, table: "later" })) as [StoreDatabase, StoreDatabase]
      onTestFinished(async () => void (await Promise.all([one.close(), other.close()])))
      const opening = one.open()
      await new Promise((resolve) => setTimeout(resolve, 120))
      await server.open()
      await opening
      const next = other.open()
      await new Promise((resolve) => setTimeout(resolve, 120))
      await one.close()
      expect(await next).toMatchObject({ entries: 0 })
    })

    it("that is cut off for a while is there again by itself, with three stores on it, and no backoff of their own", async () => {
      const server = await gateTo(cluster.port)
      onTestFinished(() => server.close())
      const store = (table: string) => durableStore<number>({ database: postgresDatabase({ url: urlOf(server), table }), maxHotEntries: 1 })
      const definitions = { "app:a": store("cut_a"), "app:b": store("cut_b"), "app:c": store("cut_c") }
      const runtime = await start(definitions, { log: () => {} })
      onTestFinished(() => runtime.stop())
      const stores = await Promise.all(["app:a" as const, "app:b" as const, "app:c" as const].map((id) => runtime.acquire(id)))
      await Promise.all(stores.map((one, at) => one.set("kept", at)))
      await server.close()
      await Promise.allSettled(stores.map((one) => one.set("lost", 1)))
      const asked = Promise.all(stores.map((one) => one.get("kept", { timeoutMs: 15_000 })))
      await new Promise((resolve) => setTimeout(resolve, 1000))
      await server.open()
      expect(await asked).toEqual([0, 1, 2])
    })
  })

  describe("a durable store on PostgreSQL", () => {
    const tables = new Set<string>()
    const open = stageStore(
      ({ place }) => {
        const table = `store_${place.replace(/\W/g, "_")}`
        tables.add(table)
        return durableStore({ database: postgresDatabase({ url: urlOf(cluster), table }) })
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
