/** A durable store whose database, file, thread or caller does what it should not: typed errors, nothing lost, and the store alive. */

import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { Worker } from "node:worker_threads"
import { describe, expect, it, onTestFinished } from "vitest"
import { type DurableStoreOptions, durableStore, fileSnapshot, type StoreDatabase, sqliteDatabase } from "../../../actors/durable.ts"
import { Invalid, type PigeonholeError, store as plainStore, type StoreMailbox, start, Unavailable } from "../../../actors/index.ts"
import { run } from "../../house/command.ts"
import { PROJECT } from "../../house/source.ts"
import { type DurableStage, durableHouse, openDurable } from "../../support/durable-stage.ts"
import { fieldOf, refusal } from "../../support/errors.ts"
import { MemoryDatabase } from "../../support/memory-database.ts"
import { smallDisk } from "../../support/small-disk.ts"
import { thenable } from "../../support/thenable.ts"

/** A store on a database of which some calls are others. */
async function onOdd(
  calls: Partial<StoreDatabase>,
  settings: Partial<DurableStoreOptions> = {},
): Promise<DurableStage & { database: MemoryDatabase }> {
  const database = Object.assign(new MemoryDatabase(), calls)
  return { ...(await openDurable({ store: { database, ...settings } })), database }
}

const kindOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (given) => given,
    ({ kind }: PigeonholeError) => kind,
  )

/** The answer, though the store may be about to end, and be started again. */
async function served<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let left = 1000; ; left -= 1) {
    try {
      return await ask()
    } catch (error) {
      if (left === 0 || !(error instanceof Unavailable)) throw error
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** So many at once: enough for a database to be told some of them ahead. */
const manySets = (store: StoreMailbox, count = 40): Promise<unknown[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => kindOf(store.set(`k${at}`, at))))

describe("a database of one's own", () => {
  it.each([
    ["gives nothing", async () => undefined],
    ["gives no epoch", async () => ({ epoch: "", lastVersion: 0, clock: 0, entries: 0 })],
    ["gives a text for a version", async () => ({ epoch: "e", lastVersion: "7", clock: 0, entries: 0 })],
    ["gives no number for its clock", async () => ({ epoch: "e", lastVersion: 7, clock: Number.NaN, entries: 0 })],
  ])("that %s when it is opened is refused by its name", async (_, open) => {
    const database = Object.assign(new MemoryDatabase(), { open: open as never })
    const error = await refusal(start({ "app:entries": durableStore({ database }) }, { log: () => {} }))
    expect(error.message).toContain("database must say how it was found when it is opened")
  })

  it("whose commits give something else than a promise, or nothing, is taken at its word", async () => {
    for (const given of [undefined, thenable((settle) => settle(undefined))]) {
      const { store, database } = await onOdd({})
      const { commit } = database
      database.commit = ((...changes: Parameters<StoreDatabase["commit"]>) => {
        void commit.apply(database, changes)
        return given
      }) as never
      expect(await store.set("a", 1)).toBe(true)
      expect(await store.get("a")).toBe(1)
    }
  })

  it.each([
    ["too few rows", async () => []],
    ["nothing", async () => undefined],
    ["no list", async () => ({ length: 1 })],
  ])("that gives %s when it is read has nothing taken for absent, and nobody waits", async (_, read) => {
    const { store, database } = await onOdd({})
    const sound = database.read
    database.read = async function (this: MemoryDatabase, keys) {
      return keys.includes("cold") ? (read() as never) : sound.call(this, keys)
    }
    expect(await kindOf(store.get("cold"))).toBe("INTERNAL")
    expect(await kindOf((store as StoreMailbox<number>).increment("cold"))).toBe("INTERNAL")
    expect(await store.set("a", 1)).toBe(true)
  })

  it.each([
    ["count", (store: StoreMailbox) => store.count(), "x"],
    ["page", (store: StoreMailbox) => store.list(), undefined],
    ["size", (store: StoreMailbox) => store.statistics(), { entries: "x" }],
  ] as const)("whose %s is none is told of as such", async (name, ask, given) => {
    const { store } = await onOdd({ [name]: async () => given })
    await store.set("a", 1)
    expect(await refusal(ask(store) as Promise<unknown>)).toMatchObject({ kind: "INTERNAL", message: expect.stringContaining(name) })
  })

  it("that is told ahead and throws is not told again, and nothing is lost", async () => {
    const { store, database } = await onOdd({
      stage: () => {
        throw new Error("not here")
      },
    })
    expect(await manySets(store)).toEqual(Array.from({ length: 40 }, () => true))
    expect(database.rows.size).toBe(40)
  })

  it("that says too late what has become of what it was told ahead fails the commit", async () => {
    const { store } = await onOdd({ stage: (async () => Promise.reject(new Unavailable("not here"))) as never })
    expect(new Set(await manySets(store))).toEqual(new Set(["UNAVAILABLE"]))
  })

  it("has a function to be told ahead by, or none", () => {
    expect(fieldOf(() => durableStore({ database: Object.assign(new MemoryDatabase(), { stage: 5 as never }) }))).toBe("database")
  })
})

describe("a commit that is refused for what one has written", () => {
  it("fails that one, and is carried out for all others, in their order", async () => {
    const { store, database } = await onOdd({})
    const { commit } = database
    database.commit = async function (this: MemoryDatabase, changes, now) {
      const isBad = (change: { readonly key: string }): boolean => change.key.startsWith("bad")
      if ([...this.staged, ...changes].some(isBad)) {
        this.staged = []
        throw new Invalid("key is larger than the database takes", { details: { field: "key" } })
      }
      return commit.call(this, changes, now)
    }
    const works = Array.from({ length: 50 }, (_, at) => kindOf(store.set(at === 7 || at === 30 ? `bad${at}` : "same", at)))
    const outcomes = await Promise.all(works)
    expect(outcomes.map((outcome, at) => (outcome === "INVALID" ? at : undefined)).filter((at) => at !== undefined)).toEqual([7, 30])
    expect(await store.get("same")).toBe(49)
    expect(database.rows.get("same")?.version).toBe(Math.max(...[...database.rows.values()].map(({ version }) => version)))
  })
})

describe("more than fits into one commit", () => {
  it("is refused as what it is, and not as what may come right", async () => {
    const { store } = await onOdd({})
    const keys = Array.from({ length: 100_001 }, (_, at) => `k${at}`)
    const error = await refusal(
      store.transaction(keys, (tx) => {
        for (const key of keys) tx.set(key, 1)
      }),
    )
    expect([error.kind, error.details.field]).toEqual(["INVALID", "keys"])
    expect(await store.count()).toBe(0)
  }, 30_000)
})

describe("an entry that another program has damaged", () => {
  it("is told of as damaged, and can be written anew", async () => {
    const house = await durableHouse()
    const first = await house.open()
    await first.store.set("a", 1)
    await first.runtime.stop()
    const stranger = new DatabaseSync(house.path)
    stranger.exec("UPDATE entries SET value = x'ffff'")
    stranger.close()
    const { store } = await house.open()
    expect(await refusal(store.get("a"))).toMatchObject({ kind: "INTERNAL", retryable: false })
    expect(await store.set("a", 2)).toBe(true)
    expect(await store.get("a")).toBe(2)
  })
})

describe("a value of which some bytes are others than were written", () => {
  it("is told of as damaged, and is not taken for another one", async () => {
    const house = await durableHouse()
    const first = await house.open()
    await first.store.set("a", { name: "Alice", age: 41 })
    await first.runtime.stop()
    const bytes = readFileSync(house.path)
    const at = bytes.indexOf("Alice")
    expect(at).toBeGreaterThan(0)
    writeFileSync(house.path, bytes.fill("B", at, at + 1))
    const { store } = await house.open()
    expect(await refusal(store.get("a"))).toMatchObject({ kind: "INTERNAL", message: expect.stringContaining("damaged") })
  })
})

describe("files", () => {
  it("have a path that is text", () => {
    expect(fieldOf(() => durableStore({ path: "a\ud800.db" }))).toBe("path")
  })

  it("of which the lock is somebody else's are refused by the name of that, and it stays as it was", async () => {
    const house = await durableHouse()
    writeFileSync(`${house.path}-entries.lock`, "a diary ".repeat(100))
    const error = await refusal(house.database().open())
    expect([error.kind, error.details.field, error.message]).toEqual(["INVALID", "path", expect.stringContaining("entries.lock")])
  })
})

describe("a file that is refused", () => {
  const sql = (path: string, statements: string) => {
    const stranger = new DatabaseSync(path)
    stranger.exec(statements)
    stranger.close()
  }
  const contents = (folder: string) =>
    readdirSync(folder, { withFileTypes: true }).map((one) => [
      one.name,
      one.isFile() && readFileSync(join(folder, one.name), "latin1").slice(0, 2000),
    ])
  const NOTE = "a diary ".repeat(100)

  it.each<readonly [what: string, kind: string, make: (path: string) => void]>([
    ["no database", "INVALID", (path) => writeFileSync(path, NOTE)],
    ["no database, shorter than one begins", "INVALID", (path) => writeFileSync(path, "SQLite")],
    ["somebody else's table", "INVALID", (path) => sql(path, "CREATE TABLE entries (id INTEGER)")],
    [
      "somebody else's table, in a database with a log",
      "INVALID",
      (path) => sql(path, "PRAGMA journal_mode = WAL; CREATE TABLE entries_meta (id INTEGER)"),
    ],
    ...["-wal", "-shm", "-journal"].flatMap((ending): [string, string, (path: string) => void][] => [
      [
        `no database, and something called ${ending} beside it`,
        "INVALID",
        (path) => {
          writeFileSync(path, NOTE)
          writeFileSync(path + ending, NOTE)
        },
      ],
      [`nothing, and something called ${ending} beside it`, "INVALID", (path) => writeFileSync(path + ending, NOTE)],
      [
        `empty, and something called ${ending} beside it`,
        "INVALID",
        (path) => {
          writeFileSync(path, "")
          writeFileSync(path + ending, NOTE)
        },
      ],
      [`nothing, and a folder called ${ending} beside it`, "UNAVAILABLE", (path) => mkdirSync(path + ending)],
      [
        `a link to nothing, and something called ${ending} beside that`,
        "INVALID",
        (path) => {
          symlinkSync(`${path}.far`, path)
          writeFileSync(`${path}.far${ending}`, NOTE)
        },
      ],
    ]),
    [
      "a database, and something called -journal beside it",
      "INVALID",
      (path) => {
        sql(path, "CREATE TABLE theirs (id INTEGER)")
        writeFileSync(`${path}-journal`, NOTE)
      },
    ],
    [
      "no database, and the log of one beside it",
      "INVALID",
      (path) => {
        const stranger = new DatabaseSync(path)
        stranger.exec("PRAGMA journal_mode = WAL; CREATE TABLE theirs (id INTEGER)")
        const log = readFileSync(`${path}-wal`)
        stranger.close()
        writeFileSync(path, NOTE)
        writeFileSync(`${path}-wal`, log)
      },
    ],
    ["nothing, and somebody else's lock beside it", "INVALID", (path) => writeFileSync(`${path}-entries.lock`, NOTE)],
    ["nothing, and a folder for a lock", "UNAVAILABLE", (path) => mkdirSync(`${path}-entries.lock`)],
    ["a folder", "UNAVAILABLE", (path) => mkdirSync(path)],
    ["a pipe", "UNAVAILABLE", (path) => execFileSync("mkfifo", [path])],
  ])("has nothing beside it then, and all is what it was: %s", async (_what, kind, make) => {
    const { path, database } = await durableHouse()
    make(path)
    const before = contents(dirname(path))
    const { kind: told, retryable } = await refusal(database().open())
    expect([told, retryable]).toEqual([kind, false])
    expect(contents(dirname(path))).toEqual(before)
  })
})

describe("a database that is open", () => {
  it.each<readonly [what: string, look: (path: string) => Promise<unknown>]>([
    ["a store of another table", (path) => sqliteDatabase({ path, table: "others" }).open()],
    ["a store of the same table", (path) => refusal(sqliteDatabase({ path, busyTimeoutMs: 0 }).open())],
    ["a snapshot", (path) => refusal(fileSnapshot(path).write())],
  ])("is still its own for other programs once somebody of its own has looked at it: %s", async (_what, look) => {
    const { path, open } = await durableHouse()
    const { store } = await open()
    await store.set("a", 1)
    await look(path)
    const program = `
      import { sqliteDatabase } from ${JSON.stringify(join(PROJECT, "actors", "durable.ts"))}
      const other = sqliteDatabase({ path: ${JSON.stringify(path)}, busyTimeoutMs: 0 })
      console.log(await other.open().then(() => "opened", ({ message }) => message))
    `
    const { stdout, stderr } = await run("node", ["--input-type=module", "-e", program])
    expect(stdout, stderr).toContain("is open elsewhere")
    expect(existsSync(`${path}-wal`)).toBe(true)
    expect(await store.set("b", 2)).toBe(true)
  })
})

describe("a database in the place of a snapshot", () => {
  it("is neither moved nor written over, whoever was there first, and serves on", async () => {
    const house = await durableHouse()
    const place = fileSnapshot(house.path)
    const before = await place.write()
    await before.discard()
    const { store, runtime } = await house.open()
    await store.set("a", 1)
    const error = await refusal(start({ "app:notes": plainStore({ snapshot: { to: place } }) }, { log: () => {} }))
    expect((error.details.reason as { error: PigeonholeError }).error).toMatchObject({ kind: "CONFLICT", details: { path: house.path } })
    expect((await refusal(place.write())).kind).toBe("CONFLICT")
    expect(readdirSync(dirname(house.path)).filter((name) => /foreign|tmp/.test(name))).toEqual([])
    expect(await store.set("b", 2)).toBe(true)
    await runtime.stop()
    expect(await (await house.open()).store.getMany(["a", "b"])).toEqual([1, 2])
  })
})

describe("a full disk", () => {
  it("fails what finds no room, loses nothing of the rest, and is written to again when there is some", async ({ skip }) => {
    const house = await durableHouse()
    const disk = smallDisk(join(dirname(house.path), "disk"))
    if (disk === undefined) return skip("no disk may be mounted here")
    const path = join(disk, "entries.db")
    writeFileSync(join(disk, "ballast"), new Uint8Array(400_000))
    const stage = (await house.open({ store: { path } })).store
    const value = "x".repeat(4000)
    const outcomes: unknown[] = []
    for (let round = 0; round < 10; round += 1) {
      const works = Array.from({ length: 30 }, (_, at) => kindOf(stage.set(`k${round * 30 + at}`, value)))
      outcomes.push(...(await Promise.all(works)))
    }
    expect(new Set(outcomes)).toEqual(new Set([true, "UNAVAILABLE"]))
    rmSync(join(disk, "ballast"))
    expect(await stage.set("after", 1)).toBe(true)
    for (const [at, outcome] of outcomes.entries()) expect(await stage.has(`k${at}`), `k${at}`).toBe(outcome === true)
  })
})

describe("a file", () => {
  it("has one program's store at a time, and that is not harmed by another one's start", async () => {
    const house = await durableHouse()
    const { store } = await house.open()
    await store.set("a", 1)
    const other = start({ "app:entries": durableStore({ path: house.path, busyTimeoutMs: 20 }) }, { log: () => {} })
    expect(await refusal(other)).toMatchObject({ kind: "UNAVAILABLE", message: expect.stringContaining("open elsewhere") })
    expect(await store.set("a", 2)).toBe(true)
  })
})

describe("a stop", () => {
  it("while commits wait tells each whether it is on disk, or that nobody knows; what was acknowledged is there", async () => {
    const house = await durableHouse()
    const { store, runtime } = await house.open()
    await store.set("before", 1)
    const first = manySets(store, 300)
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    const second = Promise.all(Array.from({ length: 300 }, (_, at) => kindOf(store.set(`later${at}`, at))))
    await runtime.stop()
    const [early, late] = [await first, await second]
    for (const outcome of [...early, ...late]) expect([true, "UNAVAILABLE"]).toContain(outcome)
    const next = await house.open()
    const missing = [...early.entries()].filter(([, outcome]) => outcome === true).map(([at]) => next.store.has(`k${at}`))
    expect((await Promise.all(missing)).every(Boolean)).toBe(true)
    expect(await next.store.get("before")).toBe(1)
  })
})

describe("a thread of a store's that ends", () => {
  const threads: Worker[] = []
  const keep = (worker: Worker): void => void threads.push(worker)

  it.each([0, 1])("costs what was under way, and nothing that was acknowledged; the store serves again (thread %i)", async (which) => {
    process.on("worker", keep)
    onTestFinished(() => void process.off("worker", keep))
    const house = await durableHouse()
    const definition = durableStore<number>({ path: house.path })
    const runtime = await start({ "app:entries": definition }, { log: () => {} })
    onTestFinished(() => runtime.stop())
    const store = await runtime.acquire("app:entries")
    await store.set("a", 1)
    const under = manySets(store as StoreMailbox)
    await threads.at(which - 2)?.terminate()
    const outcomes = await under
    expect(outcomes.every((outcome) => outcome === true || outcome === "UNAVAILABLE")).toBe(true)
    expect(await served(() => store.get("a"))).toBe(1)
    for (const [at, outcome] of outcomes.entries()) if (outcome === true) expect(await served(() => store.get(`k${at}`))).toBe(at)
    expect(await served(() => store.set("b", 2))).toBe(true)
  })

  it("has ended once its store has stopped", async () => {
    process.on("worker", keep)
    onTestFinished(() => void process.off("worker", keep))
    const house = await durableHouse()
    const { runtime, store } = await house.open()
    await store.set("a", 1)
    const [writer, reader] = threads.slice(-2)
    await runtime.stop()
    expect([writer?.threadId, reader?.threadId]).toEqual([-1, -1])
  })
})
