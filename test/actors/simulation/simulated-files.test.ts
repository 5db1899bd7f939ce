/** Snapshots in a simulated world: what is kept in a file is written, put in its place and read as late as a schedule likes, and faults befall it. */

import { existsSync } from "node:fs"
import { fileSnapshot } from "pigeonhole/durable"
import { type ExploreOptions, explore, type World } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { FileSnapshot } from "../../../actors/durable/file-snapshot.ts"
import type { Files, OpenFile } from "../../../actors/durable/files.ts"
import { child, type Runtime, StoreMailbox, start, store } from "../../../actors/index.ts"
import { SimulatedFiles } from "../../../actors/simulation/simulated-files.ts"
import { describeSnapshotPlace } from "../../contracts/snapshot-place.ts"
import { nothingFailed, patient } from "../../support/explored.ts"
import { IdleWorld } from "../../support/idle-world.ts"

/** Files of a world in which whatever is asked for is carried out. */
function drivenFiles(): Files {
  const idle = new IdleWorld()
  const files = new SimulatedFiles(idle.world)
  const open: Files["open"] = async (path, flags) => idle.driving<OpenFile>(await files.open(path, flags))
  return { ...files, open, rename: idle.driving(files).rename }
}

describeSnapshotPlace("a file of a simulated disk", () => new FileSnapshot("/app/sessions.snapshot", drivenFiles()))
describeSnapshotPlace("one of a partition", () => new FileSnapshot("/app/sessions.snapshot", drivenFiles()).part(1, 4))

const boxOf = (runtime: Runtime) => runtime.acquire("app:store", { as: StoreMailbox<number> })
const quickly = { backoff: { initialMs: 5 } }

/** Of one definition for all schedules. */
const KEPT = { "app:store": child(store<number>({ snapshot: { to: fileSnapshot("/nowhere/at-all.snapshot"), everyMs: 10 } }), quickly) }

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
      { faults: { crash: 1 }, schedules: 400 },
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

  it("is on the host's disk again afterwards", async () => {
    await notedBy(() => {}, { schedules: 1 })
    await expect(fileSnapshot("/nowhere/at-all.snapshot").read()).rejects.toMatchObject({
      kind: "UNAVAILABLE",
      details: { code: "ENOENT" },
    })
  })
})
