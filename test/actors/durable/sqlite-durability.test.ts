/**
 * What is acknowledged is on disk, shown from four sides: programs that are killed at random moments, the setting read back where it counts, the
 * system's own record of what was synced, and a write-ahead log that is cut short.
 *
 * `PIGEONHOLE_KILLS=100` kills a hundred.
 */

import { spawn } from "node:child_process"
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import { entriesOf, packChanges, packKeys } from "../../../actors/durable/packed-rows.ts"
import { SqliteConnection } from "../../../actors/durable/sqlite-connection.ts"
import { SqliteReader } from "../../../actors/durable/sqlite-reader.ts"
import { SqliteWriter } from "../../../actors/durable/sqlite-writer.ts"
import { readNames } from "../../../actors/durable/table-names.ts"
import { problemOf, type WorkerSettings } from "../../../actors/durable/worker-protocol.ts"
import type { Change } from "../../../actors/durable.ts"
import { seededRandom } from "../../../src/testing.ts"
import { put } from "../../contracts/store-database.ts"
import { run } from "../../house/command.ts"
import { machineHost } from "../../house/hosts.ts"
import { PROJECT } from "../../house/source.ts"
import { sqlitePlace } from "../../support/database-place.ts"
import { seeds } from "../../support/seeds.ts"

async function placed(): Promise<Awaited<ReturnType<typeof sqlitePlace>>> {
  const place = await sqlitePlace()
  onTestFinished(() => place.remove())
  return place
}

const settingsOf = (path: string): WorkerSettings => ({ role: "writer", path, names: readNames(), busyTimeoutMs: 1000 })

/** The connection that writes, in this thread, and what it writes with. */
function openWriter(path: string): { writer: SqliteWriter; connection: SqliteConnection } {
  const connections: SqliteConnection[] = []
  const writer = new SqliteWriter(settingsOf(path), (...where) => {
    connections.push(new SqliteConnection(...where, false))
    return connections.at(-1) as SqliteConnection
  })
  writer.open()
  onTestFinished(() => void writer.close())
  return { writer, connection: connections[0] as SqliteConnection }
}

describe("a program that is killed", () => {
  const kills = Number(process.env.PIGEONHOLE_KILLS ?? 3)
  const random = seededRandom(20_261)

  it(
    `at ${kills} random moments under load loses nothing that was acknowledged, and leaves no half write`,
    async () => {
      const { path, database } = await placed()
      const known = new Map<number, { begun: string; acknowledged: string }>()
      let version = 0
      let acknowledged = 0
      for (let life = 1; life <= kills; life += 1) {
        const lines = await killed(path, `life${life}`, random() * 300)
        expect(lines[0]).toMatch(/^opened /)
        // No version is given twice, whatever became of those that were not acknowledged.
        expect(Number(lines[0]?.split(" ")[2])).toBeGreaterThanOrEqual(version)
        for (const line of lines.slice(1)) {
          const [what, writer, round, upTo] = line.split(" ") as [string, string, string, string]
          version = Math.max(version, Number(upTo))
          const said = `life${life}:${round}`
          const before = known.get(Number(writer)) ?? { begun: "", acknowledged: "" }
          known.set(Number(writer), what === "begun" ? { ...before, begun: said } : { begun: said, acknowledged: said })
          if (what === "acknowledged") acknowledged += 1
        }
        const one = database()
        await one.open()
        for (const [writer, { begun, acknowledged }] of known) {
          const rows = await one.read(["first", "second", "third"].map((key) => `${writer}:${key}`))
          const [first, second, third] = rows.map((row) => row && new TextDecoder().decode(row.value).trimEnd())
          expect([begun, acknowledged], `writer ${writer} of life ${life}`).toContain(first ?? "")
          expect(second).toBe(first)
          if (first !== undefined) expect(third).toBe(Number(first.split(":")[1]) % 3 === 0 ? undefined : first)
        }
        await one.close()
      }
      expect(acknowledged).toBeGreaterThan(kills * 10)
    },
    60_000 + kills * 10_000,
  )
})

/** What the program had said by the time it was killed: so many ms after it was under way. */
function killed(path: string, name: string, afterMs: number): Promise<string[]> {
  const record = `${path}.record`
  return new Promise((resolve, reject) => {
    const argv = [join(PROJECT, "test", "support", "durable-writer.ts"), path, name, record]
    const child = spawn(join(PROJECT, "node_modules", ".bin", "node"), argv, { stdio: ["ignore", "pipe", "inherit"] })
    child.stdout.once("data", () => void setTimeout(() => child.kill("SIGKILL"), afterMs))
    child.on("error", reject)
    child.on("close", (_, signal) => {
      // A line that was cut in the middle was not said.
      if (signal === "SIGKILL") resolve(readFileSync(record, "utf8").split("\n").slice(0, -1))
      else reject(new Error("it ended by itself"))
    })
  })
}

describe("the connection that writes", () => {
  it("syncs its write-ahead log at each commit: what it is told is read back where it counts", async () => {
    const { path } = await placed()
    const { writer, connection } = openWriter(path)
    writer.commit({ changes: packChanges([put("a", 1)]), now: 5000 })
    const FULL = 2
    expect(["synchronous", "journal_mode", "fullfsync", "checkpoint_fullfsync"].map((name) => connection.pragma(name))).toEqual([
      FULL,
      "wal",
      1,
      1,
    ])
  })

  it("moves what is in its write-ahead log into the database once there are some 16 MB of it, and not before", async () => {
    const { path } = await placed()
    const { writer } = openWriter(path)
    const sizes: number[] = []
    for (let commit = 1; commit <= 60; commit += 1) {
      const changes = Array.from({ length: 100 }, (_, at) => put(`${at}`, commit, { value: new Uint8Array(4000) }))
      writer.commit({ changes: packChanges(changes), now: 0 })
      sizes.push(statSync(path).size)
    }
    const MOVED_BETWEEN = [12e6, 18e6]
    const before = sizes.filter((size) => size === sizes[0]).length
    const bytes = statSync(`${path}-wal`).size
    // It begins anew where it was moved, and so grows no further.
    expect(bytes).toBeGreaterThan(MOVED_BETWEEN[0] as number)
    expect(bytes).toBeLessThan(MOVED_BETWEEN[1] as number)
    expect([before > 25, before < 60]).toEqual([true, true])
  })

  it("fails a commit that finds no room as such, undoes it, and writes again when there is some", async () => {
    const { path } = await placed()
    const { writer, connection } = openWriter(path)
    const large = (key: string): Change => put(key, 1, { value: new Uint8Array(100_000) })
    connection.run(`PRAGMA max_page_count = ${Number(connection.pragma("page_count")) + 5}`)
    expect(problemIn(() => writer.commit({ changes: packChanges([put("a", 1), large("b")]), now: 0 }))).toMatchObject({
      type: "sqlite",
      code: 13,
    })
    expect([read(path, ["a", "b"]), connection.isInTransaction]).toEqual([[undefined, undefined], false])
    connection.run("PRAGMA max_page_count = 100000")
    writer.commit({ changes: packChanges([put("a", 1), large("b")]), now: 0 })
    expect(read(path, ["a", "b"])).toEqual([1, 1])
  })
})

describe("what the connection that writes is told ahead", () => {
  const commit = (writer: SqliteWriter, ...changes: readonly Change[]): unknown => writer.commit({ changes: packChanges(changes), now: 0 })

  it("is there with the next commit, before what that holds, and not sooner", async () => {
    const { path } = await placed()
    const { writer } = openWriter(path)
    writer.stage(packChanges([put("a", 1), put("b", 2)]))
    writer.stage(packChanges([put("a", 3), { type: "remove", key: "b", version: 4 }]))
    expect(read(path, ["a", "b"])).toEqual([undefined, undefined])
    commit(writer, put("a", 5), put("c", 6))
    expect(read(path, ["a", "b", "c"])).toEqual([5, undefined, 6])
    writer.stage(packChanges([put("d", 7)]))
    commit(writer)
    expect(read(path, ["d"])).toEqual([7])
  })

  it("counts for the versions that are never given again", async () => {
    const { path } = await placed()
    const { writer } = openWriter(path)
    writer.stage(packChanges([put("a", 5_000_000)]))
    commit(writer)
    writer.close()
    expect(writer.open().lastVersion).toBeGreaterThanOrEqual(5_000_000)
  })

  it("fails the commit where it finds no room; nothing is left of it, nor of what came behind it, and the next one is as ever", async () => {
    const { path } = await placed()
    const { writer, connection } = openWriter(path)
    connection.run(`PRAGMA max_page_count = ${Number(connection.pragma("page_count")) + 5}`)
    writer.stage(packChanges([put("a", 1)]))
    writer.stage(packChanges([put("b", 2, { value: new Uint8Array(100_000) })]))
    writer.stage(packChanges([put("c", 3)]))
    expect([read(path, ["a", "b", "c"]), connection.isInTransaction]).toEqual([[undefined, undefined, undefined], false])
    expect(problemIn(() => commit(writer, put("d", 4)))).toMatchObject({ type: "sqlite", code: 13 })
    expect([read(path, ["a", "b", "c", "d"]), connection.isInTransaction]).toEqual([[undefined, undefined, undefined, undefined], false])
    commit(writer, put("e", 5))
    expect(read(path, ["a", "e"])).toEqual([undefined, 5])
  })

  it("is undone where something in it fails that SQLite does not undo by itself", async () => {
    const { path } = await placed()
    const { writer, connection } = openWriter(path)
    connection.run("CREATE TRIGGER refusing BEFORE INSERT ON entries WHEN NEW.version = 2 BEGIN SELECT RAISE(FAIL, 'not that one'); END")
    writer.stage(packChanges([put("a", 1), put("b", 2)]))
    expect(connection.isInTransaction).toBe(false)
    expect(problemIn(() => commit(writer))).toMatchObject({ type: "sqlite", text: expect.stringContaining("not that one") })
    commit(writer, put("c", 3))
    expect(read(path, ["a", "b", "c"])).toEqual([undefined, undefined, 3])
  })

  it("is gone where the connection is closed before", async () => {
    const { path } = await placed()
    const { writer } = openWriter(path)
    writer.stage(packChanges([put("a", 1)]))
    writer.close()
    writer.open()
    commit(writer)
    expect(read(path, ["a"])).toEqual([undefined])
  })
})

function problemIn(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return problemOf(error)
  }
  throw new Error("nothing was thrown")
}

/** The versions of what another connection finds there. */
function read(path: string, keys: readonly string[]): (number | undefined)[] {
  const reader = new SqliteReader({ ...settingsOf(path), role: "reader" })
  reader.open()
  const rows = entriesOf(reader.read(packKeys(keys)))
  reader.close()
  return rows.map((row) => row?.version)
}

const STRACE = machineHost("strace", ["strace"], "apt-get install strace")

describe("the system", () => {
  it.skipIf(STRACE.program === undefined && process.env.CI === undefined)(
    `is told to sync between a request and its acknowledgement, each time (needs strace: ${STRACE.install})`,
    async () => {
      const { folder, path } = await placed()
      const program = join(folder, "program.mjs")
      writeFileSync(
        program,
        `
        import { writeSync } from "node:fs"
        import { sqliteDatabase } from ${JSON.stringify(join(PROJECT, "actors", "durable.ts"))}
        const database = sqliteDatabase({ path: ${JSON.stringify(path)} })
        await database.open()
        for (let version = 1; version <= 20; version += 1) {
          writeSync(1, "<request " + version + ">")
          await database.commit([{ type: "put", key: "a", value: new Uint8Array(9), version }], 0)
          writeSync(1, "<acknowledged " + version + ">")
        }
        await database.close()
        `,
      )
      const record = join(folder, "record")
      const traced = ["-f", "-y", "-o", record, "-e", "trace=fsync,fdatasync,write,pwrite64", "node", program]
      const { code, stderr } = await run(STRACE.program ?? "strace", traced)
      expect(code, stderr).toBe(0)
      const seen = readFileSync(record, "utf8")
      for (let version = 1; version <= 20; version += 1) {
        const between = seen.slice(seen.indexOf(`"<request ${version}>"`), seen.indexOf(`"<acknowledged ${version}>"`))
        const written = between.search(/pwrite64\(\d+<[^>]*entries\.db-wal>/)
        const synced = between.search(/f(data)?sync\(\d+<[^>]*entries\.db-wal>/)
        expect(written, `commit ${version} was written`).toBeGreaterThan(0)
        expect(synced, `commit ${version} was synced`).toBeGreaterThan(written)
      }
    },
    60_000,
  )
})

describe("a write-ahead log that is cut at any place", () => {
  /** What each commit leaves behind: the versions of all keys. */
  const COMMITS = 30
  const KEYS = ["a", "b", "c", "d", "e"]

  it("opens as what a prefix of the commits has left: the longest that is whole", async () => {
    const { folder, path } = await placed()
    const { writer } = openWriter(path)
    const states: (number | undefined)[][] = [KEYS.map(() => undefined)]
    const ends: number[] = [statSync(`${path}-wal`).size]
    for (let commit = 1; commit <= COMMITS; commit += 1) {
      const changes = KEYS.map((key, at): Change => {
        if ((commit + at) % 4 === 0) return { type: "remove", key, version: commit }
        return put(key, commit, { value: new Uint8Array((commit * (at + 1) * 997) % 10_000) })
      })
      writer.commit({ changes: packChanges(changes), now: 0 })
      states.push(KEYS.map((_, at) => ((commit + at) % 4 === 0 ? undefined : commit)))
      ends.push(statSync(`${path}-wal`).size)
    }
    const whole = ends.at(-1) ?? 0
    const intact = readFileSync(`${path}-wal`)
    // All of it is in the log still: nothing was moved into the database.
    expect(ends.every((end, at) => at === 0 || end > (ends[at - 1] ?? 0))).toBe(true)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole }), fc.uint8Array({ maxLength: 5000 }), (length, torn) => {
        const copy = mkdtempSync(join(folder, "cut-"))
        const [database, log] = [join(copy, "entries.db"), join(copy, "entries.db-wal")]
        copyFileSync(path, database)
        copyFileSync(`${path}-wal`, log)
        truncateSync(log, length)
        writeFileSync(log, torn, { flag: "a" })
        const { writer, connection } = openWriter(database)
        expect(connection.pragma("integrity_check")).toBe("ok")
        const found = read(database, KEYS)
        writer.close()
        rmSync(copy, { recursive: true })
        // What happens to be what was cut off stands there again.
        const other = torn.findIndex((byte, at) => byte !== intact[length + at])
        const last = ends.findLastIndex((end) => end <= length + (other < 0 ? torn.length : other))
        expect(found, `cut at ${length} of ${whole}`).toEqual(states[Math.max(last, 0)])
      }),
      { ...seeds(60, 8), examples: [[whole - 1, intact.subarray(whole - 1)]] },
    )
  })
})
