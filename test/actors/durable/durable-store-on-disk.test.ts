/**
 * What a durable store's mailbox has acknowledged is on disk, and what its watches tell: shown by the system's own record of what was synced, and by a
 * write-ahead log that is cut short. The layer below is held to the same in `sqlite-durability.test.ts`.
 */

import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ExitReason, Pid, StoreMailbox } from "../../../actors/index.ts"
import { run } from "../../house/command.ts"
import { machineHost } from "../../house/hosts.ts"
import { PROJECT } from "../../house/source.ts"
import { buildDurable, durableHouse } from "../../support/durable-stage.ts"
import { seeds } from "../../support/seeds.ts"

const STRACE = machineHost("strace", ["strace"], "apt-get install strace")

/** What is asked of the mailbox, so that each of them writes something. */
const WORKS = [
  'store.set("a", round)',
  'store.put("b", { round })',
  'store.increment("n")',
  'store.update("u", () => round)',
  'store.touch("t", 1000 + round)',
  'store.setMany([["m1", round], ["m2", round]])',
  'store.transaction(["x", "y"], (tx) => { tx.set("x", round); tx.set("y", round) })',
  'store.getOrSet("loaded" + round, async () => round)',
  'store.take("a")',
  'store.deleteMany(["m1", "m2"])',
  'store.clear("x")',
]

describe("a file whose store has ended for good", () => {
  it.each<readonly [how: string, reason: ExitReason]>([
    ["killed", "kill"],
    ["by an error", { error: new Error("boom") }],
  ])("is the next store's of the same program: %s", async (_how, reason) => {
    const house = await durableHouse()
    const { runtime, store } = await house.open({ child: { restart: "temporary" } })
    await store.set("a", 1)
    const pid = runtime.whereis("app:entries") as Pid
    const ended = runtime.whenEnded(pid)
    const last = Promise.allSettled([store.set("b", 1)])
    runtime.exit(pid, reason)
    await ended
    // Beside it, while its runtime goes on.
    const { store: next } = await house.open()
    expect(await next.get("a")).toBe(1)
    if ((await last)[0].status === "fulfilled") expect(await next.has("b")).toBe(true)
  })
})

describe("the system", () => {
  it.skipIf(STRACE.program === undefined && process.env.CI === undefined)(
    `is told to sync between each request to a mailbox and its acknowledgement, and before an event is told (needs strace: ${STRACE.install})`,
    async () => {
      const house = await durableHouse()
      const folder = dirname(house.path)
      const program = join(folder, "program.mjs")
      writeFileSync(
        program,
        `
        import { writeSync } from "node:fs"
        import { durableStore } from ${JSON.stringify(join(PROJECT, "actors", "durable.ts"))}
        import { start } from ${JSON.stringify(join(PROJECT, "actors", "index.ts"))}
        const runtime = await start({ "app:entries": durableStore({ path: ${JSON.stringify(house.path)} }) }, { log: () => {} })
        const store = await runtime.acquire("app:entries")
        await store.set("t", 0, 1000)
        const works = [${WORKS.map((work) => `(round) => ${work}`).join(", ")}]
        for (let round = 1; round <= 2; round += 1) {
          for (const [at, work] of works.entries()) {
            writeSync(1, "<request " + round + "." + at + ">")
            await work(round)
            writeSync(1, "<acknowledged " + round + "." + at + ">")
          }
        }
        const watch = store.watch({ key: "a" })
        for (let told = 1; told <= 5; told += 1) {
          const next = watch.next()
          await store.has("a")
          writeSync(1, "<write " + told + ">")
          void store.set("a", told)
          await next
          writeSync(1, "<told " + told + ">")
        }
        await runtime.stop()
        `,
      )
      const record = join(folder, "record")
      const traced = ["-f", "-y", "-o", record, "-e", "trace=fsync,fdatasync,write,pwrite64", "node", program]
      const { code, stderr } = await run(STRACE.program ?? "strace", traced)
      expect(code, stderr).toBe(0)
      const seen = readFileSync(record, "utf8")
      const syncedBetween = (from: string, to: string): void => {
        const [begin, end] = [seen.indexOf(`"<${from}>"`), seen.indexOf(`"<${to}>"`)]
        expect(begin, from).toBeGreaterThan(0)
        const between = seen.slice(begin, end)
        const written = between.search(/pwrite64\(\d+<[^>]*entries\.db-wal>/)
        expect(written, `${from} was written`).toBeGreaterThan(0)
        expect(between.search(/f(data)?sync\(\d+<[^>]*entries\.db-wal>/), `${from} was synced`).toBeGreaterThan(written)
      }
      for (const round of [1, 2]) for (const at of WORKS.keys()) syncedBetween(`request ${round}.${at}`, `acknowledged ${round}.${at}`)
      for (let told = 1; told <= 5; told += 1) syncedBetween(`write ${told}`, `told ${told}`)
    },
    60_000,
  )
})

describe("a write-ahead log that is cut at any place", () => {
  const KEYS = ["a", "b", "c", "n"]

  /** What readers of the store see: values and versions. */
  const stateOf = async (store: StoreMailbox): Promise<unknown> =>
    Promise.all(KEYS.map((key) => store.entry(key).then((entry) => entry && [entry.value, entry.version])))

  /** Asks for one change after the other, each behind the acknowledgement of the one before. */
  const change = (store: StoreMailbox<number>, round: number): Promise<unknown> => {
    const value = round * 1000
    switch (round % 5) {
      case 0:
        return store.set("a", value)
      case 1:
        return store.transaction(["a", "b", "c"], (tx) => [tx.set("a", value), tx.set("b", value), tx.delete("c")].length)
      case 2:
        return store.increment("n")
      case 3:
        return store.setMany([
          ["b", value],
          ["c", value],
        ])
      default:
        return store.delete("b")
    }
  }

  it("opens as what a prefix of the acknowledged changes has left: all that was acknowledged before the place, each as a whole", async () => {
    const house = await durableHouse()
    const { store } = await house.open()
    const log = `${house.path}-wal`
    const states = [await stateOf(store)]
    const ends = [statSync(log).size]
    for (let round = 1; round <= 30; round += 1) {
      await change(store as StoreMailbox<number>, round)
      states.push(await stateOf(store))
      ends.push(statSync(log).size)
    }
    // All of it is in the log still, and each change has added to it.
    expect(ends.every((end, at) => at === 0 || end > (ends[at - 1] ?? 0))).toBe(true)
    const [first = 0] = ends
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: first, max: ends.at(-1) ?? 0 }), fc.uint8Array({ maxLength: 5000 }), async (length, torn) => {
        const copy = mkdtempSync(join(dirname(house.path), "cut-"))
        const path = join(copy, "entries.db")
        copyFileSync(house.path, path)
        copyFileSync(log, `${path}-wal`)
        truncateSync(`${path}-wal`, length)
        writeFileSync(`${path}-wal`, torn, { flag: "a" })
        const stage = await buildDurable({ path }, {})
        try {
          const last = ends.findLastIndex((end) => end <= length)
          expect(await stateOf(stage.store), `cut at ${length}`).toEqual(states[last])
          expect(await stage.store.set("a", 1)).toBe(true)
        } finally {
          await stage.runtime.stop()
          rmSync(copy, { recursive: true })
        }
      }),
      seeds(12, 6),
    )
  }, 60_000)
})
