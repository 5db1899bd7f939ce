import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { fileSnapshot } from "../../../actors/durable/file-snapshot.ts"
import { readSnapshot } from "../../../actors/store/snapshot-reading.ts"
import { PROJECT } from "../../house/source.ts"

/** By hand, as many as one has patience for. */
const KILLS = Number(process.env.PIGEONHOLE_KILLS ?? 3)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pigeonhole-killed-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Killed as soon as it has said that it has committed the `kill`-th: somewhere in the next one. Gives the last that it said. */
function killAt(kill: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(PROJECT, "test/support/snapshot-on-node.ts"), path], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    let said = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text
      if (said.split("\n").length > kill) child.kill("SIGKILL")
    })
    child.on("error", reject)
    child.on("close", () => resolve(Number(said.trimEnd().split("\n").at(-1))))
  })
}

describe("a process that is killed while it writes a snapshot", () => {
  it("leaves the last one that was committed, or the one after it, whole", { timeout: 60_000 + KILLS * 3000 }, async () => {
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const path = join(folder, `app-${kill}.snapshot`)
      const said = await killAt(1 + (kill % 7), path)
      const values = new Set<unknown>()
      const outcome = await readSnapshot(fileSnapshot(path), (entries) => {
        for (const { value } of entries) values.add(value)
      })
      expect(outcome).toMatchObject({ status: "read", entries: 2000 })
      expect([[said], [said + 1]]).toContainEqual([...values])
    }
  })
})
