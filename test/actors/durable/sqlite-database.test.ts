/** SQLite as a durable store's database: the contract, and what becomes of files that are not as they should be, and of threads that end. */

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { Transferable, Worker } from "node:worker_threads"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { SqliteConnection } from "../../../actors/durable/sqlite-connection.ts"
import { SqliteWriter } from "../../../actors/durable/sqlite-writer.ts"
import { readNames } from "../../../actors/durable/table-names.ts"
import { type Change, type SqliteOptions, type StoreDatabase, sqliteDatabase } from "../../../actors/durable.ts"
import { type PigeonholeError, Unavailable } from "../../../actors/index.ts"
import { seededRandom } from "../../../src/testing.ts"
import { put, storeDatabaseContract } from "../../contracts/store-database.ts"
import { run } from "../../house/command.ts"
import { PROJECT } from "../../house/source.ts"
import { sqlitePlace } from "../../support/database-place.ts"
import { fieldOf, refusal } from "../../support/errors.ts"
import { smallDisk } from "../../support/small-disk.ts"

storeDatabaseContract("SQLite", () => sqlitePlace())

const ALL = { prefix: "", after: undefined, limit: 1000, now: 0 }

async function placed(options: Partial<SqliteOptions> = {}): Promise<Awaited<ReturnType<typeof sqlitePlace>>> {
  const place = await sqlitePlace(options)
  onTestFinished(() => place.remove())
  return place
}

async function opened(database: StoreDatabase): Promise<StoreDatabase> {
  onTestFinished(() => database.close())
  await database.open()
  return database
}

/** Another program's connection to the same file. */
function stranger(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  onTestFinished(() => {
    if (database.isOpen) database.close()
  })
  return database
}

const toldOf = ({ kind, retryable, details }: PigeonholeError): unknown[] =>
  [kind, retryable, details.field].filter((one) => one !== undefined)

describe("the options of a SQLite database", () => {
  it("name a file", () => {
    for (const path of ["", ":memory:", "a\0b", 5, undefined, null])
      expect(fieldOf(() => sqliteDatabase({ path: path as string }))).toBe("path")
    expect(() => sqliteDatabase({ path: "file:none" })).not.toThrow()
  })

  it("have names that go into statements, and nothing else", () => {
    const names = ["", "1a", "a b", 'a"b', "a;b", "a-b", "é", "x".repeat(49), "sqlite_a", "SQLite_a", "pg_a", 5, null, {}]
    for (const table of names)
      expect(
        fieldOf(() => sqliteDatabase({ path: "a", table: table as string })),
        String(table),
      ).toBe("table")
    for (const value of names) {
      expect(fieldOf(() => sqliteDatabase({ path: "a", columns: { value: value as string } }))).toBe("columns.value")
    }
    for (const table of ["a", "_", "A1", "select", "x".repeat(48)]) expect(() => sqliteDatabase({ path: "a", table })).not.toThrow()
  })

  it("have no name twice, whatever its capitals", () => {
    expect(fieldOf(() => sqliteDatabase({ path: "a", columns: { value: "KEY" } }))).toBe("columns.value")
    expect(() => sqliteDatabase({ path: "a", columns: { value: "key", key: "value" } })).not.toThrow()
  })

  it("have a time to wait that SQLite can take", () => {
    for (const busyTimeoutMs of [-1, 0.5, Number.NaN, 2 ** 31, "1" as never, null as never]) {
      expect(fieldOf(() => sqliteDatabase({ path: "a", busyTimeoutMs }))).toBe("busyTimeoutMs")
    }
  })

  it("are no others", () => {
    expect(fieldOf(() => sqliteDatabase({ path: "a", tabel: "b" } as never))).toBe("tabel")
    expect(fieldOf(() => sqliteDatabase({ path: "a", columns: { expires: "b" } as never }))).toBe("columns.expires")
    expect(fieldOf(() => sqliteDatabase(undefined as never))).toBe("path")
  })
})

describe("the names of a SQLite database", () => {
  it("are those that were said: other programs find it there, beside what is theirs", async () => {
    const { path, database } = await placed({ table: "order", columns: { key: "id", expiresAt: "group" } })
    stranger(path).exec("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)")
    const one = await opened(database())
    await one.commit([put("user:1", 7, { expiresAt: 8 })], 0)
    const row = stranger(path).prepare('SELECT CAST("id" AS TEXT) AS id, version, "group" FROM "order"').get()
    expect({ ...row }).toEqual({ id: "user:1", version: 7, group: 8 })
    expect(stranger(path).prepare("SELECT a FROM theirs").all()).toHaveLength(1)
  })

  it("keep tables apart in one file, each with a user of its own", async () => {
    const { path } = await placed()
    const [one, other] = await Promise.all(["one", "other"].map((table) => opened(sqliteDatabase({ path, table }))))
    await Promise.all([one?.commit([put("a", 1)], 0), other?.commit([put("b", 1)], 0)])
    expect([await one?.count("", 0), await other?.count("b", 0)]).toEqual([1, 1])
  })

  it("are one table's in whatever capitals, and the file is one by whatever path: it has one user", async () => {
    const { folder, path, database } = await placed()
    await opened(database())
    const link = join(folder, "link.db")
    symlinkSync(path, link)
    for (const other of [{ path, table: "ENTRIES" }, { path: link }, { path: join(folder, ".", "entries.db") }]) {
      expect(toldOf(await refusal(sqliteDatabase({ busyTimeoutMs: 20, ...other }).open()))).toEqual(["UNAVAILABLE", true])
    }
  })

  it.each(["entries.db", "linked/x.db"])("are one user's, too, where it is made by a link to what is not there yet: %s", async (target) => {
    const { folder, path } = await placed()
    mkdirSync(join(folder, "far", "away"), { recursive: true })
    symlinkSync(join("far", "away"), join(folder, "linked"))
    symlinkSync(join("..", "..", "entries.db"), join(folder, "linked", "x.db"))
    symlinkSync(target, join(folder, "link.db"))
    await opened(sqliteDatabase({ path: join(folder, "link.db") }))
    expect(existsSync(path)).toBe(true)
    expect(toldOf(await refusal(sqliteDatabase({ path, busyTimeoutMs: 20 }).open()))).toEqual(["UNAVAILABLE", true])
  })

  it("are not those of another table that is made at the same moment", async () => {
    const { path } = await placed()
    const settings = { role: "writer", path, busyTimeoutMs: 1000 } as const
    const other = new SqliteWriter({ ...settings, names: readNames("a_meta") })
    onTestFinished(() => void other.close())
    class Late extends SqliteConnection {
      override begin(): void {
        other.open()
        super.begin()
      }
    }
    const late = new SqliteWriter({ ...settings, names: readNames("a") }, (...where) => new Late(...where, false))
    expect(() => late.open()).toThrow(
      expect.objectContaining({ problem: { type: "refused", field: "table", text: expect.stringContaining("a_meta") } }),
    )
  })

  it("must be those that it was made with", async () => {
    const place = await placed()
    await (await opened(place.database())).close()
    const error = await refusal(sqliteDatabase({ path: place.path, columns: { value: "v" } }).open())
    expect(toldOf(error)).toEqual(["INVALID", false, "columns"])
  })
})

describe("a file that is not as it should be is refused, and stays as it was:", () => {
  it("one that is no database", async () => {
    const { path, database } = await placed()
    writeFileSync(path, "Dear diary, ".repeat(1000))
    expect(toldOf(await refusal(database().open()))).toEqual(["INVALID", false, "path"])
    expect(readFileSync(path, "utf8")).toBe("Dear diary, ".repeat(1000))
  })

  it("another program's database, which has a table of that name", async () => {
    const { path, database } = await placed()
    stranger(path).exec("CREATE TABLE entries (id); INSERT INTO entries VALUES (1)")
    const before = readFileSync(path)
    expect(toldOf(await refusal(database().open()))).toEqual(["INVALID", false, "table"])
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it.each([
    "CREATE TABLE entries_meta (id)",
    "CREATE TABLE entries_meta (name, value)",
    "CREATE VIEW Entries AS SELECT 1",
    "CREATE TABLE a (b); CREATE INDEX entries_by_end ON a (b)",
  ])("one with %s", async (statement) => {
    const { path, database } = await placed()
    stranger(path).exec(statement)
    const before = readFileSync(path)
    expect(toldOf(await refusal(database().open()))).toEqual(["INVALID", false, "table"])
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it("one of another schema version, which is named", async () => {
    const { path, database } = await placed()
    await (await opened(database())).close()
    stranger(path).exec("UPDATE entries_meta SET value = '99' WHERE name = 'schema'")
    const error = await refusal(database().open())
    expect(toldOf(error)).toEqual(["INVALID", false, "path"])
    expect(error.message).toContain("99")
  })

  it("one whose table is gone", async () => {
    const { path, database } = await placed()
    await (await opened(database())).close()
    stranger(path).exec("DROP TABLE entries")
    expect(toldOf(await refusal(database().open()))).toEqual(["INVALID", false, "table"])
  })

  it("one that is damaged", async () => {
    const { path, database } = await placed()
    const one = await opened(database())
    await one.commit(
      Array.from({ length: 1000 }, (_, at) => put(`k${at}`, at + 1)),
      0,
    )
    await one.close()
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xa5, 4096))
    expect(toldOf(await refusal(database().open()))).toEqual(["INTERNAL", false])
  })

  it("one whose folder is not there, and a folder", async () => {
    const { folder } = await placed()
    mkdirSync(join(folder, "folder"))
    for (const path of [join(folder, "none", "a.db"), join(folder, "folder")]) {
      expect(toldOf(await refusal(sqliteDatabase({ path }).open())), path).toEqual(["UNAVAILABLE", false])
    }
  })
})

describe("what goes to the thread that writes", () => {
  it("is carried out in the order it was given, by whatever way it goes: small or too large for the lane, while others wait or not", async () => {
    const { database } = await placed()
    const one = await opened(database())
    const random = seededRandom(5)
    const pick = (most: number): number => Math.floor(random() * most)
    const SIZES = [0, 10, 300, 100_000, 300_000]
    const model = new Map<string, number>()
    const under: Promise<void>[] = []
    let version = 0
    const some = (): Change[] =>
      Array.from({ length: pick(4) }, () => {
        version += 1
        const key = `k${pick(8)}`
        if (random() < 0.2) {
          model.delete(key)
          return { type: "remove", key, version }
        }
        model.set(key, version)
        return put(key, version, { value: new Uint8Array(SIZES[pick(SIZES.length)] as number).fill(version % 251) })
      })
    for (let round = 0; round < 150; round += 1) {
      // What is told ahead belongs to the commit that is asked for next.
      for (let ahead = pick(4); ahead > 0; ahead -= 1) one.stage?.(some())
      under.push(one.commit(some(), 0))
      if (random() < 0.6) await Promise.all(under.splice(0))
    }
    await Promise.all(under)
    const rows = await one.read([...model.keys()])
    expect(rows.map((row) => row?.version)).toEqual([...model.values()])
    for (const row of rows) expect(row?.value.every((byte) => byte === (row.version ?? 0) % 251)).toBe(true)
    expect(await one.count("", 0)).toBe(model.size)
  })

  it("goes by message behind what has gone by message, until that is answered, and without one again", async () => {
    const calls: string[] = []
    const spying = (worker: Worker): void => {
      const post = worker.postMessage.bind(worker)
      worker.postMessage = (message: { readonly call: string }, memory) => {
        if (["stage", "commit"].includes(message.call)) calls.push(message.call)
        post(message, memory as Transferable[])
      }
    }
    process.on("worker", spying)
    onTestFinished(() => void process.off("worker", spying))
    const { database } = await placed()
    const one = await opened(database())
    const large = put("a", 2, { value: new Uint8Array(300_000) })
    one.stage?.([put("a", 1)])
    await one.commit([put("b", 2)], 0)
    expect(calls).toEqual([])
    one.stage?.([put("a", 3)])
    one.stage?.([large])
    one.stage?.([put("a", 4)])
    const committed = one.commit([put("b", 5)], 0)
    one.stage?.([put("a", 6)])
    const next = one.commit([], 0)
    expect(calls.splice(0)).toEqual(["stage", "stage", "commit", "stage", "commit"])
    await Promise.all([committed, next])
    one.stage?.([put("c", 7)])
    await one.commit([], 0)
    expect([calls, (await one.look(["a", "b", "c"])).map((row) => row?.version)]).toEqual([[], [6, 5, 7]])
  })

  it("may be told ahead and left: a database that is closed has nothing of it, and the next has room for as much", async () => {
    const { database } = await placed()
    const one = await opened(database())
    for (let life = 1; life <= 3; life += 1) {
      for (let at = 0; at < 2000; at += 1) one.stage?.([put(`left${at}`, at + 1, { value: new Uint8Array(300) })])
      await one.close()
      expect((await one.open()).entries).toBe(life - 1)
      one.stage?.([put(`kept${life}`, life)])
      await one.commit([], 0)
    }
  })
})

describe("a database that is locked by another program", () => {
  it("fails what waits for too long, loses nothing, and serves again when it is free", async () => {
    const { path, database } = await placed()
    const one = await opened(database())
    await one.commit([put("a", 1)], 0)
    const other = stranger(path)
    other.exec("BEGIN IMMEDIATE")
    expect(toldOf(await refusal(one.commit([put("a", 2)], 0)))).toEqual(["UNAVAILABLE", true])
    expect(toldOf(await refusal(one.removeExpired(1, 1)))).toEqual(["UNAVAILABLE", true])
    expect(await one.look(["a"])).toMatchObject([{ version: 1 }])
    other.exec("ROLLBACK")
    await one.commit([put("a", 3)], 0)
    expect(await one.look(["a"])).toMatchObject([{ version: 3 }])
  })

  it("fails a commit of which it was told some ahead, and nothing of that is done", async () => {
    const { path, database } = await placed()
    const one = await opened(database())
    const other = stranger(path)
    other.exec("BEGIN IMMEDIATE")
    one.stage?.([put("a", 1)])
    expect(toldOf(await refusal(one.commit([put("b", 2)], 0)))).toEqual(["UNAVAILABLE", true])
    other.exec("ROLLBACK")
    await one.commit([put("c", 3)], 0)
    one.stage?.([put("d", 4)])
    await one.commit([], 0)
    expect((await one.look(["a", "b", "c", "d"])).map((row) => row?.version)).toEqual([undefined, undefined, 3, 4])
  })

  it("is not opened", async () => {
    const { path, database } = await placed()
    stranger(path).exec("BEGIN EXCLUSIVE")
    expect(toldOf(await refusal(database().open()))).toEqual(["UNAVAILABLE", true])
  })

  it("is waited for as long as was said", async () => {
    const { path, database } = await placed({ busyTimeoutMs: 20_000 })
    const one = await opened(database())
    const other = stranger(path)
    other.exec("BEGIN IMMEDIATE")
    const committed = one.commit([put("a", 1)], 0)
    // A reader is not held up: when it has answered, the commit has had time to begin.
    await one.look(["a"])
    other.exec("ROLLBACK")
    await committed
    expect(await one.count("", 0)).toBe(1)
  })
})

/** Nobody, where the tests run as root, whom no file is closed to. */
const isRoot = process.getuid?.() === 0
const NOBODY = 65534

describe("a file that may not be written", () => {
  it("is refused as such, and stays as it was", async () => {
    const { folder, path, database } = await placed()
    const one = await opened(database())
    await one.commit([put("a", 1)], 0)
    await one.close()
    const before = readFileSync(path)
    if (isRoot) for (const file of [folder, path, `${path}-entries.lock`]) chownSync(file, NOBODY, NOBODY)
    chmodSync(path, 0o444)
    // Started by who may read the sources, it becomes nobody before it opens anything.
    const program = `
      import { sqliteDatabase } from ${JSON.stringify(join(PROJECT, "actors", "durable.ts"))}
      if (process.getuid() === 0) { process.setgid(${NOBODY}); process.setuid(${NOBODY}) }
      const error = await sqliteDatabase({ path: ${JSON.stringify(path)} }).open().then(() => undefined, (error) => error)
      console.log(error?.kind, error?.retryable)
    `
    const { stdout, stderr } = await run("node", ["--input-type=module", "-e", program])
    expect(stdout, stderr).toBe("UNAVAILABLE false\n")
    expect(readFileSync(path).equals(before)).toBe(true)
  })
})

describe("a file that is moved, removed or replaced while it is open", () => {
  const versions = async (database: StoreDatabase): Promise<unknown> => (await database.look(["a", "b"])).map((row) => row?.version)

  it.each(["", "-wal"])("has nothing acknowledged that nobody would find again, and serves on once it is back: %o", async (ending) => {
    const { path, database } = await placed()
    const one = await opened(database())
    await one.commit([put("a", 1)], 0)
    renameSync(path + ending, `${path}.aside`)
    for (const staged of [[], [put("c", 2)]]) {
      if (staged.length > 0) one.stage?.(staged)
      const error = await refusal(one.commit([put("b", 3)], 0))
      expect([...toldOf(error), error.message]).toEqual(["UNAVAILABLE", true, expect.stringContaining("moved, removed or replaced")])
    }
    expect(toldOf(await refusal(one.removeExpired(1, 1)))).toEqual(["UNAVAILABLE", true])
    expect(await versions(one)).toEqual([1, undefined])
    renameSync(`${path}.aside`, path + ending)
    await one.commit([put("b", 4)], 0)
    expect(await versions(one)).toEqual([1, 4])
    expect(await one.count("", 0)).toBe(2)
  })

  it.each([0, 0.5])(
    "acknowledges nothing any more once some of it is cut off, and is not taken for a new one: to %d of its length",
    async (share) => {
      const { path, database } = await placed()
      const value = new Uint8Array(1000)
      const first = await opened(database())
      await first.commit(
        Array.from({ length: 200 }, (_, at) => put(`k${at}`, at + 1, { value })),
        0,
      )
      await first.close()
      const one = await opened(database())
      // What it needs of the file it has read before.
      await one.commit([put("k0", 300, { value })], 0)
      truncateSync(path, Math.floor(statSync(path).size * share))
      for (const staged of [[], [put("c", 301)]]) {
        if (staged.length > 0) one.stage?.(staged)
        const error = await refusal(one.commit([put("k0", 302, { value })], 0))
        expect([...toldOf(error), error.message]).toEqual(["UNAVAILABLE", false, expect.stringContaining("some was cut off")])
      }
      await one.close()
      // It is no new one, and what is lost of it is not taken for absent.
      const next = database()
      onTestFinished(() => next.close())
      const readAgain = async (): Promise<unknown> => {
        await next.open()
        return next.read(Array.from({ length: 200 }, (_, at) => `k${at}`))
      }
      expect(["INVALID", "INTERNAL"]).toContain((await refusal(readAgain())).kind)
    },
  )

  it("has one writer still where its lock is removed: whoever opens it then is the one", async () => {
    const { path, database } = await placed()
    const one = await opened(database())
    await one.commit([put("a", 1)], 0)
    rmSync(`${path}-entries.lock`)
    const other = await opened(database())
    await other.commit([put("a", 2_000_001)], 0)
    for (const work of [() => one.commit([put("a", 2)], 0), () => one.removeExpired(1, 1)]) {
      const error = await refusal(work())
      expect([...toldOf(error), error.message]).toEqual(["UNAVAILABLE", false, expect.stringContaining("its lock was removed")])
    }
    expect(await other.look(["a"])).toMatchObject([{ version: 2_000_001 }])
    await one.close()
    await other.commit([put("b", 2_000_002)], 0)
    expect(await versions(other)).toEqual([2_000_001, 2_000_002])
  })

  it("goes on where another program has made it shorter, and nothing is lost by that", async () => {
    const { path, database } = await placed()
    const one = await opened(database())
    const many = Array.from({ length: 200 }, (_, at) => put(`k${at}`, at + 1, { value: new Uint8Array(1000) }))
    await one.commit(many, 0)
    await one.commit(
      many.slice(1).map(({ key }, at) => ({ type: "remove", key, version: 300 + at })),
      0,
    )
    stranger(path).exec("PRAGMA wal_checkpoint(TRUNCATE)")
    await one.commit([put("a", 600)], 0)
    const before = statSync(path).size
    stranger(path).exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
    expect(statSync(path).size).toBeLessThan(before)
    await one.commit([put("b", 601)], 0)
    expect((await one.look(["k0", "a", "b"])).map((row) => row?.version)).toEqual([1, 600, 601])
  })

  it("is refused where it is no more, and where a link leads elsewhere", async () => {
    const { folder, path, database } = await placed()
    const one = await opened(database())
    rmSync(path)
    expect(toldOf(await refusal(one.commit([put("a", 1)], 0)))).toEqual(["UNAVAILABLE", true])
    const [link, target, other] = ["link.db", "target.db", "other.db"].map((name) => join(folder, name)) as [string, string, string]
    writeFileSync(target, "")
    symlinkSync(target, link)
    const linked = await opened(sqliteDatabase({ path: link }))
    await linked.commit([put("a", 1)], 0)
    rmSync(link)
    writeFileSync(other, "")
    symlinkSync(other, link)
    expect(toldOf(await refusal(linked.commit([put("b", 1)], 0)))).toEqual(["UNAVAILABLE", true])
  })

  it("has all that it was told wherever it is now, when it is closed, and leaves nothing that spoils what is in its place", async () => {
    const { folder, path, database } = await placed()
    const restored = join(folder, "restored.db")
    const earlier = await opened(sqliteDatabase({ path: restored }))
    await earlier.commit([put("a", 7)], 0)
    await earlier.close()
    const one = await opened(database())
    await one.commit([put("a", 1), put("b", 2)], 0)
    const aside = join(folder, "aside.db")
    renameSync(path, aside)
    renameSync(restored, path)
    await one.close()
    expect(await versions(await opened(database()))).toEqual([7, undefined])
    expect(await versions(await opened(sqliteDatabase({ path: aside })))).toEqual([1, 2])
  })
})

describe("a full disk", () => {
  it("fails the commit that finds no room, loses nothing, and serves again when there is some", async ({ skip }) => {
    const { folder } = await placed()
    const disk = smallDisk(join(folder, "disk"))
    if (disk === undefined) return skip("no disk may be mounted here")
    writeFileSync(join(disk, "ballast"), new Uint8Array(400_000))
    const one = await opened(sqliteDatabase({ path: join(disk, "entries.db") }))
    const value = new Uint8Array(20_000)
    let acknowledged = 0
    let error: PigeonholeError | undefined
    for (; error === undefined && acknowledged < 100; acknowledged += 1) {
      const commit = one.commit([put(`k${acknowledged}`, acknowledged + 1, { value }), put("last", acknowledged + 1)], 0)
      error = await commit.then(
        () => undefined,
        () => refusal(commit),
      )
    }
    acknowledged -= 1
    expect(toldOf(error as PigeonholeError)).toEqual(["UNAVAILABLE", true])
    expect(acknowledged).toBeGreaterThan(2)
    expect([await one.count("k", 0), (await one.look(["last"]))[0]?.version]).toEqual([acknowledged, acknowledged])
    rmSync(join(disk, "ballast"))
    await one.commit([put("after", 1000)], 0)
    await one.close()
    const { entries } = await one.open()
    expect(entries).toBe(acknowledged + 2)
    await one.close()
  })
})

describe("a thread that ends", () => {
  const threads: Worker[] = []
  const keep = (worker: Worker): void => void threads.push(worker)
  process.on("worker", keep)
  beforeEach(() => void threads.splice(0))

  it.each([0, 1])("fails what was under way, takes the other with it, and leaves what was acknowledged (thread %i)", async (which) => {
    const { database } = await placed()
    const one = await opened(database())
    await one.commit([put("a", 1)], 0)
    const under = [one.commit([put("b", 2)], 0), one.read(["a"])].map((asked) => asked.catch((error: unknown) => error))
    const gone = threads.map((thread) => new Promise((resolve) => thread.on("exit", resolve)))
    await threads[which]?.terminate()
    for (const outcome of await Promise.all(under)) if (outcome instanceof Error) expect(outcome).toBeInstanceOf(Unavailable)
    await Promise.all(gone)
    for (const asked of [one.commit([put("c", 3)], 0), one.read(["a"]), one.page(ALL), one.removeExpired(0, 1), one.size()]) {
      expect(toldOf(await refusal(asked))).toEqual(["UNAVAILABLE", true])
    }
    await one.open()
    expect(await one.look(["a"])).toMatchObject([{ version: 1 }])
  })

  it("while it is opened is no different", async () => {
    const { database } = await placed()
    const one = database()
    onTestFinished(() => one.close())
    const opening = one.open()
    // What opens starts its threads a step later.
    for (let left = 100; left > 0 && threads.length < 2; left -= 1) await new Promise(setImmediate)
    await threads[0]?.terminate()
    expect(toldOf(await refusal(opening))).toEqual(["UNAVAILABLE", true])
    expect((await one.open()).entries).toBe(0)
  })
})

describe("a program", () => {
  it("ends by itself with a database open, but not before what it waits for is done", async () => {
    const { path } = await placed()
    const program = `
      import { sqliteDatabase } from ${JSON.stringify(join(PROJECT, "actors", "durable.ts"))}
      const database = sqliteDatabase({ path: ${JSON.stringify(path)} })
      await database.open()
      const value = new Uint8Array(1)
      await database.commit([{ type: "put", key: "a", value, version: 1 }], 0)
      void database.commit([{ type: "put", key: "b", value, version: 2 }], 0).then(() => console.log("done"))
    `
    const { code, stdout, stderr } = await run("node", ["--input-type=module", "-e", program])
    expect([code, stdout], stderr).toEqual([0, "done\n"])
    expect(existsSync(dirname(path))).toBe(true)
  })
})
