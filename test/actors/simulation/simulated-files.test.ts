/** Snapshots in a simulated world: what is kept in a file is written, put in its place and read as late as a schedule likes, and faults befall it. */

import { existsSync } from "node:fs"
import { fileSnapshot } from "pigeonhole/durable"
import { type ExploreOptions, explore, type World } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { FileSnapshot } from "../../../actors/durable/file-snapshot.ts"
import type { Files, OpenFile } from "../../../actors/durable/files.ts"
import { child, type Runtime, StoreMailbox, start, store } from "../../../actors/index.ts"
import { SimulatedFiles } from "../../../actors/simulation/simulated-files.ts"
import type { SnapshotPlace, SnapshotWriter } from "../../../actors/store/snapshot.ts"
import { SnapshotDecoder } from "../../../actors/store/snapshot-decoder.ts"
import { SnapshotEncoder } from "../../../actors/store/snapshot-encoder.ts"
import type { SnapshotEntry, SnapshotHead } from "../../../actors/store/snapshot-format.ts"
import { describeSnapshotPlace } from "../../contracts/snapshot-place.ts"
import { nothingFailed, patient } from "../../support/explored.ts"
import { IdleWorld } from "../../support/idle-world.ts"

/** Files of a world in which whatever is asked for is carried out. */
function drivenFiles(): Files {
  const idle = new IdleWorld()
  const files = new SimulatedFiles(idle.world, () => {})
  const open: Files["open"] = async (path, flags) => idle.driving<OpenFile>(await files.open(path, flags))
  return { ...files, open, rename: idle.driving(files).rename }
}

describeSnapshotPlace("a file of a simulated disk", () => new FileSnapshot("/app/sessions.snapshot", drivenFiles()))
describeSnapshotPlace("one of a partition", () => new FileSnapshot("/app/sessions.snapshot", drivenFiles()).part(1, 4))

const boxOf = (runtime: Runtime) => runtime.acquire("app:store", { as: StoreMailbox<number> })
const quickly = { backoff: { initialMs: 5 } }

/** Of one definition for all schedules. */
const KEPT = { "app:store": child(store<number>({ snapshot: { to: fileSnapshot("/nowhere/at-all.snapshot"), everyMs: 10 } }), quickly) }

const PLAIN = { "app:store": store<number>() }

type Note = (text: string) => void

/** What scenarios of that application have noted, over all schedules; throws where one fails. */
async function notedBy(
  run: (box: StoreMailbox<number>, note: Note, runtime: Runtime, world: World) => unknown,
  options: ExploreOptions = {},
) {
  const seen = new Set<string>()
  const note = (text: string): void => void seen.add(text)
  const make = () => ({
    tree: KEPT,
    run: async (runtime: Runtime, world: World) => void (await run(await boxOf(runtime), note, runtime, world)),
  })
  nothingFailed(await explore(make, { schedules: 150, ...options }))
  return [...seen].sort()
}

/** Something is there, and time enough has passed for a snapshot of it. */
async function setAndWait(box: StoreMailbox<number>): Promise<void> {
  await box.set("a", 1, undefined, patient)
  await new Promise((resolve) => setTimeout(resolve, 50))
}

describe("a store that keeps its snapshot in a file", () => {
  it("opens no file in a simulation, and begins with nothing in each schedule", async () => {
    const noted = await notedBy(async (box, note) => {
      note(`${await box.get("a", patient)}`)
      await setAndWait(box)
    })
    expect(noted).toEqual(["undefined"])
    expect(existsSync("/nowhere")).toBe(false)
  })

  it("begins after a crash with the last snapshot, or with nothing where there was none", async () => {
    const noted = await notedBy(
      async (box, note) => {
        await setAndWait(box)
        note(`${await box.get("a", patient).catch(() => "unread")}`)
      },
      { faults: { crash: 1 }, schedules: 200 },
    )
    expect(noted).toEqual(["1", "undefined"])
  })

  it("is found again by the next runtime of the same world", async () => {
    const noted = await notedBy(async (box, note, runtime, world) => {
      await box.set("a", 1, undefined, patient)
      await runtime.stop()
      const next = await start(KEPT, { host: world.host, log: () => {} })
      note(`${await (await boxOf(next)).get("a", patient)}`)
      await next.stop()
    })
    expect(noted).toEqual(["1"])
  })

  it("is not in the way of a later schedule where an earlier one has failed, and gives the same versions in both", async () => {
    const versions: unknown[] = []
    const run = async (runtime: Runtime) => {
      const box = await boxOf(runtime)
      await box.set("a", 1, undefined, patient)
      versions.push((await box.entry("a", patient))?.version)
      throw new Error("on purpose")
    }
    for (const tree of [KEPT, PLAIN]) {
      versions.length = 0
      const report = await explore(() => ({ tree, run }), { shrink: false })
      expect([report.failure?.kind, versions.length, new Set(versions).size]).toEqual(["run", 2, 1])
    }
  })

  it("is on the host's disk again afterwards", async () => {
    await notedBy(() => {}, { schedules: 1 })
    await expect(fileSnapshot("/nowhere/at-all.snapshot").read()).rejects.toMatchObject({
      kind: "UNAVAILABLE",
      details: { code: "ENOENT" },
    })
  })
})

describe("faults of files", () => {
  it("fails where one falls, done or not: the store serves on, and begins with the old one or the new", async () => {
    const options = { faults: { fileFails: 2, crash: 1 }, schedules: 200 } as const
    const noted = await notedBy(async (box, note) => {
      await setAndWait(box)
      await box.set("a", 2, undefined, patient).catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 50))
      note(`${await box.get("a", patient).catch(() => "unread")}`)
    }, options)
    expect(noted).toEqual(["1", "2", "undefined"])
  })

  it("is torn where one falls: it is set aside, and the store begins with nothing, never with a half", async () => {
    const noted = await notedBy(
      async (box, note, runtime, world) => {
        const pairs = Array.from({ length: 20 }, (_, at) => [`${at}`, at] as const)
        await box.setMany(pairs, undefined, patient)
        await runtime.stop()
        const lines: string[] = []
        const next = await start(KEPT, { host: world.host, log: ({ message }) => void lines.push(message) })
        note(`${await (await boxOf(next)).count("", patient)} ${lines.join().includes("it is set aside as")}`)
        await next.stop()
      },
      { faults: { tornFile: 1 }, schedules: 150 },
    )
    expect(noted).toEqual(["0 true", "20 false"])
  })

  it("is told in the story", async () => {
    const report = await explore(
      () => ({
        tree: KEPT,
        async run(runtime: Runtime, world: World) {
          await (await boxOf(runtime)).set("a", 1, undefined, patient)
          await runtime.stop()
          const next = await start(KEPT, { host: world.host, log: () => {} })
          const found = await (await boxOf(next)).get("a", patient)
          await next.stop()
          if (found === undefined) throw new Error("lost")
        },
      }),
      { faults: { tornFile: 1 }, schedules: 400 },
    )
    expect(report.failure?.message).toContain("lost")
    expect(report.text).toContain("at-all.snapshot has lost its end")
  })
})

// -- what is judged ----------------------------------------------------------------------------------------------------

/** What is wrong with a place: what it gives of what was committed, the oldest first. */
type Giving = (committed: readonly Uint8Array[]) => Uint8Array | undefined

class WrongPlace implements SnapshotPlace {
  readonly #giving: Giving
  readonly #committed: Uint8Array[] = []

  constructor(giving: Giving) {
    this.#giving = giving
  }

  async read(): Promise<AsyncIterable<Uint8Array> | undefined> {
    const given = this.#giving(this.#committed)
    return given === undefined ? undefined : pieceOf(given)
  }

  async write(): Promise<SnapshotWriter> {
    const pieces: Uint8Array[] = []
    return {
      append: async (piece) => void pieces.push(piece.slice()),
      commit: async () => void this.#committed.push(Buffer.concat(pieces)),
      discard: async () => {},
    }
  }

  async setAside(problem: string): Promise<string> {
    return problem
  }
}

async function* pieceOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes
}

/** The same snapshot with other entries. */
function changed(bytes: Uint8Array, change: (entry: SnapshotEntry) => SnapshotEntry | undefined): Uint8Array {
  const decoder = new SnapshotDecoder()
  const entries = [...decoder.push(bytes)].flat()
  const encoder = new SnapshotEncoder(decoder.head as SnapshotHead)
  for (const entry of entries.map(change)) if (entry !== undefined) encoder.add(entry)
  return Buffer.concat(encoder.end())
}

const last: Giving = (committed) => committed.at(-1)

/** Two keys are written again and again, the second time with a time that is over soon; the store may crash, and both are read. */
function written(giving: Giving) {
  return () => ({
    tree: { "app:store": child(store<number>({ snapshot: { to: new WrongPlace(giving), everyMs: 10 } }), quickly) },
    async run(runtime: Runtime) {
      const box = await boxOf(runtime)
      for (let round = 1; round <= 2; round += 1) {
        await box.transaction(["a", "b"], (tx) => void [tx.set("a", round), tx.set("b", round)], patient).catch(() => {})
        await box.set("c", round, round - 1, patient).catch(() => {})
        await box.entry("a", patient).catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      await box.getMany(["a", "b", "c"], patient).catch(() => {})
      await box.entry("a", patient).catch(() => {})
    },
  })
}

describe("what a store begins with", () => {
  const failureOf = async (giving: Giving) =>
    (await explore(written(giving), { faults: { crash: 1 }, schedules: 400, shrink: false })).failure

  it("is the last snapshot, or nothing where there is none: that is no failure", async () => {
    nothingFailed(await explore(written(last), { faults: { crash: 2 }, schedules: 250 }))
  })

  it.each<[string, Giving, string]>([
    [
      "of which an entry is lost",
      (all) => all.at(-1) && changed(all.at(-1) as Uint8Array, (entry) => (entry.key === "b" ? undefined : entry)),
      "getMany",
    ],
    [
      "of which an entry has another value",
      (all) => all.at(-1) && changed(all.at(-1) as Uint8Array, (entry) => ({ ...entry, value: 7 })),
      "gave",
    ],
    ["which is older than the last", (all) => all[0], "A snapshot was acknowledged, and the next incarnation began with an older one."],
    ["which is gone", () => undefined, "A snapshot was acknowledged, and the next incarnation found none."],
  ])("is a failure where it is a snapshot %s", async (_name, giving, why) => {
    expect(await failureOf(giving)).toMatchObject({ kind: "history", message: expect.stringContaining(why) })
  })

  it("is a failure where what is read is not what was the state at one moment for all keys", async () => {
    // Each value was there once, and both never at the same time.
    const mixed: Giving = (all) => {
      const [first, second] = [all[0], all.at(-1)]
      if (first === undefined || second === undefined) return undefined
      const before = new Map([...new SnapshotDecoder().push(first)].flat().map((entry) => [entry.key, entry]))
      return changed(second, (entry) => (entry.key === "b" ? (before.get("b") ?? entry) : entry))
    }
    expect(await failureOf(mixed)).toMatchObject({ kind: "history" })
  })

  it("is not blamed for a snapshot of which nobody knows", async () => {
    const encoder = new SnapshotEncoder({ epoch: "0000000010000", lastVersion: 3, cutAt: 0 })
    encoder.add({ key: "a", value: 9, version: 2, remainingMs: Number.POSITIVE_INFINITY, idleMs: 0, limitMs: Number.POSITIVE_INFINITY })
    const known = Buffer.concat(encoder.end())
    nothingFailed(
      await explore(
        written((all) => all.at(-1) ?? known),
        { faults: { crash: 1 }, schedules: 100 },
      ),
    )
  })
})
