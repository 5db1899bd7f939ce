/**
 * A program is killed while its store writes: at any moment, and in that very moment in which something was acknowledged. By hand a hundred times each
 * with `PIGEONHOLE_KILLS=100`.
 */

import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { StoreMailbox } from "../../../actors/index.ts"
import { seededRandom } from "../../../src/testing.ts"
import { durableHouse } from "../../support/durable-stage.ts"

const PROJECT = join(import.meta.dirname, "..", "..", "..")
const KILLS = Number(process.env.PIGEONHOLE_KILLS ?? 3)

/** When it is killed: so many ms after it was under way, or as soon as it has said so often that something is done. */
type End = { readonly afterMs: number } | { readonly done: number }

/** Settles when it is gone; what it has said so far. */
function killed(path: string, record: string, end: End): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const argv = [join(PROJECT, "test", "support", "durable-store-writer.ts"), path, record, "done" in end ? String(end.done) : "0"]
    const child = spawn(join(PROJECT, "node_modules", ".bin", "node"), argv, { stdio: ["ignore", "pipe", "inherit"] })
    if ("afterMs" in end) child.stdout.once("data", () => void setTimeout(() => child.kill("SIGKILL"), end.afterMs))
    child.on("error", reject)
    child.on("close", (_, signal) => {
      // A line that was cut in the middle was not said.
      if (signal === "SIGKILL") resolve(readFileSync(record, "utf8").split("\n").slice(0, -1))
      else reject(new Error("it ended by itself"))
    })
  })
}

/** The last number of which a writer has said that. */
function last(said: readonly string[], what: string, writer: number): number {
  const line = said.findLast((each) => each.startsWith(`${what} ${writer} `))
  return Number(line?.split(" ")[2] ?? 0)
}

async function check(store: StoreMailbox<number>, said: readonly string[]): Promise<void> {
  for (let writer = 0; writer < 10; writer += 1) {
    const [first = 0, second = 0, third = 0] = await store.getMany([`${writer}:first`, `${writer}:second`, `${writer}:third`])
    expect(second, "half a transaction").toBe(first)
    expect(first, "something acknowledged is lost").toBeGreaterThanOrEqual(last(said, "acknowledged", writer))
    expect(first, "something that was told is lost").toBeGreaterThanOrEqual(last(said, "told", writer))
    const loaded = last(said, "loaded", writer)
    expect(await store.has(`${writer}:loaded:${loaded}`), "something that was loaded is lost").toBe(loaded > 0)
    expect(first, "something is there that was never asked for").toBeLessThanOrEqual(last(said, "begun", writer))
    expect(third, "something that was counted is lost").toBeGreaterThanOrEqual(last(said, "counted", writer))
    expect(said.filter((line) => line.startsWith("wrong"))).toEqual([])
    // At each kill one may have been left out.
    expect(third).toBeLessThanOrEqual(first)
  }
}

/** Each is greater than all before it, in whatever program. */
function checkFences(said: readonly string[]): void {
  const fences = said.filter((line) => line.startsWith("fence ")).map((line) => Number(line.split(" ")[1]))
  expect(fences.length).toBeGreaterThan(0)
  for (const [place, fence] of fences.entries()) if (place > 0) expect(fence).toBeGreaterThan(fences[place - 1] as number)
}

it(
  "loses nothing that was acknowledged or told, leaves no half of a transaction, and gives no fence again",
  async () => {
    const house = await durableHouse()
    const random = seededRandom(20_262)
    for (let kill = 0; kill < 2 * KILLS; kill += 1) {
      const end = kill % 2 === 0 ? { afterMs: random() * 200 } : { done: 1 + Math.floor(random() * 300) }
      const said = await killed(house.path, `${house.path}.record`, end)
      const { store, runtime } = await house.open()
      await check(store as StoreMailbox<number>, said)
      checkFences(said)
      await runtime.stop()
    }
  },
  KILLS * 40_000,
)
