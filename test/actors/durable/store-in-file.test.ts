/** A store that is there again when its program is: its snapshots in a real file. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { fileSnapshot } from "../../../actors/durable.ts"
import { start, store } from "../../../actors/index.ts"
import { buildStore, type StoreStage, type StoreStageOptions } from "../../support/store-stage.ts"

const EVERY_MS = 1000
type Store = ReturnType<typeof store>

const QUIET = { log: () => {} }

let folder: string
let path: string
let stages: StoreStage[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pigeonhole-store-"))
  path = join(folder, "app.snapshot")
  stages = []
})

afterEach(async () => {
  for (const { runtime } of stages) await runtime.stop({ timeoutMs: 0 })
  rmSync(folder, { recursive: true, force: true })
})

async function live(options: StoreStageOptions = {}): Promise<StoreStage> {
  const snapshot = { to: fileSnapshot(path), everyMs: EVERY_MS }
  const stage = await buildStore({ store: { maxEntries: 0, snapshot }, child: { backoff: { initialMs: 0 } }, ...options })
  stages.push(stage)
  return stage
}

/** Real files take real time. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(isSo, { timeout: 10_000, interval: 5 }).toBe(true)
}

function linked(to: string): string {
  symlinkSync(to, join(folder, "linked"))
  return join(folder, "linked")
}

const reports = ({ events }: StoreStage): string[] => events.flatMap((event) => (event.type === "reported" ? [event.message] : []))

describe("a store whose snapshots are in a file", () => {
  it("is there again after a stop, with all of many entries", async () => {
    const { cache, runtime } = await live()
    await cache.setMany(Array.from({ length: 20_000 }, (_, n) => [`key ${n}`, { n, tags: ["a", new Date(n)] }, n % 2 === 0 ? 0 : 60]))
    await runtime.stop()
    expect(readdirSync(folder).toSorted()).toEqual(["app.snapshot", "app.snapshot.lock"])
    const { cache: later } = await live()
    expect((await later.statistics()).entries).toBe(20_000)
    expect(await later.getMany(["key 0", "key 19999"])).toEqual([
      { n: 0, tags: ["a", new Date(0)] },
      { n: 19_999, tags: ["a", new Date(19_999)] },
    ])
  })

  it.each([
    ["of one definition each", () => [path, path]],
    ["by another way of naming it", () => [path, join(folder, "x", "..", "app.snapshot")]],
    ["by a folder that leads there", () => [path, join(linked(folder), "app.snapshot")]],
  ])("is nobody else's while it runs: %s", async (_how, places) => {
    const [mine, others] = places().map((file) => store({ snapshot: { to: fileSnapshot(file) } })) as [Store, Store]
    const error = await start({ "app:a": mine, "app:b": others }, QUIET).catch((reason) => reason)
    const conflict = error.details.reason.error
    expect([conflict.kind, conflict.details.field]).toEqual(["CONFLICT", "snapshot.to"])
    expect(conflict.message).toBe(`the snapshot in ${path} is another store's: each needs one of its own`)
  })

  it("is the next one's while its store ends, once that has written its last", async () => {
    const { cache, runtime } = await live()
    await cache.setMany(Array.from({ length: 20_000 }, (_, n) => [`key ${n}`, n]))
    const stopping = runtime.stop()
    // Until the old one is told to end, the file is its own.
    const isOthers = (error: Error) => (error.cause as Error).message.includes("another store's")
    const next: StoreStage[] = []
    await until(async () => {
      await live().then(
        (stage) => next.push(stage),
        (error) => expect(isOthers(error)).toBe(true),
      )
      return next.length > 0
    })
    expect((await next[0]?.cache.statistics())?.entries).toBe(20_000)
    await stopping
  })

  it("is there again after a crash, as it was in time", async () => {
    const { cache, time, crash } = await live()
    await cache.set("a", 1)
    await time.advance(EVERY_MS)
    await until(async () => (await cache.statistics()).lastSnapshotEntries === 1)
    await cache.set("a", 2)
    await crash()
    expect(await cache.get("a")).toBe(1)
  })

  it.each<readonly [problem: string, spoil: () => void]>([
    ["torn", () => truncateSync(path, readFileSync(path).length - 3)],
    ["foreign", () => writeFileSync(path, "a letter to Alice")],
  ])("sets one that is %s aside and begins with nothing", async (problem, spoil) => {
    const { cache, runtime } = await live()
    await cache.set("a", 1)
    await runtime.stop()
    spoil()
    const life = await live()
    expect(await life.cache.get("a")).toBeUndefined()
    expect(readdirSync(folder).toSorted()).toEqual([`app.snapshot.${problem}-1`, "app.snapshot.lock"].toSorted())
    expect(reports(life)).toEqual([expect.stringContaining(`it is set aside as ${path}.${problem}-1, and the store starts empty`)])
  })

  it("cannot start where there is no folder for it", async () => {
    path = join(folder, "nowhere", "app.snapshot")
    const reason = { error: { kind: "UNAVAILABLE", details: { code: "ENOENT" } } }
    await expect(live()).rejects.toMatchObject({ details: { child: "app:cache", reason } })
  })

  it("serves on where the file cannot be written, says why, and takes it up again", async () => {
    const life = await live()
    rmSync(folder, { recursive: true })
    await life.cache.set("a", 1)
    await life.time.advance(EVERY_MS)
    await until(() => reports(life).length === 1)
    expect(life.events).toContainEqual(
      expect.objectContaining({ type: "reported", error: expect.objectContaining({ kind: "UNAVAILABLE" }) }),
    )
    expect(await life.cache.get("a")).toBe(1)
    mkdirSync(folder)
    await life.time.advance(EVERY_MS)
    await until(() => existsSync(path))
  })
})
