/** A program is killed at any moment while its store writes: by hand a hundred times with `PIGEONHOLE_KILLS=100`. */

import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { StoreMailbox } from "../../../actors/index.ts"
import { seededRandom } from "../../../src/testing.ts"
import { durableHouse } from "../../support/durable-stage.ts"

const PROJECT = join(import.meta.dirname, "..", "..", "..")
const KILLS = Number(process.env.PIGEONHOLE_KILLS ?? 3)

/** Settles when it is gone; what it has said so far. */
function killed(path: string, record: string, afterMs: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const argv = [join(PROJECT, "test", "support", "durable-store-writer.ts"), path, record]
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

/** The last number of which a writer has said that. */
function last(said: readonly string[], what: string, writer: number): number {
  const line = said.findLast((each) => each.startsWith(`${what} ${writer} `))
  return Number(line?.split(" ")[2] ?? 0)
}

async function check(store: StoreMailbox<number>, said: readonly string[]): Promise<void> {
  for (let writer = 0; writer < 10; writer += 1) {
    const [first = 0, second = 0, third = 0] = await store.getMany([`${writer}:first`, `${writer}:second`, `${writer}:third`])
    const acknowledged = last(said, "acknowledged", writer)
    expect(second, "half a transaction").toBe(first)
    expect(first, "something acknowledged is lost").toBeGreaterThanOrEqual(acknowledged)
    expect(first, "something that was told is lost").toBeGreaterThanOrEqual(last(said, "told", writer))
    expect(await store.has(`${writer}:loaded:${acknowledged}`), "something that was loaded is lost").toBe(acknowledged > 0)
    expect(first, "something is there that was never asked for").toBeLessThanOrEqual(last(said, "begun", writer))
    // One may have been counted up and not been acknowledged; at each kill one may have been left out.
    expect(third).toBeGreaterThanOrEqual(said.filter((line) => line.startsWith(`acknowledged ${writer} `)).length)
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
    for (let kill = 0; kill < KILLS; kill += 1) {
      const said = await killed(house.path, `${house.path}.record`, random() * 200)
      const { store, runtime } = await house.open()
      await check(store as StoreMailbox<number>, said)
      checkFences(said)
      await runtime.stop()
    }
  },
  KILLS * 20_000,
)
