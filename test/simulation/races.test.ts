/** The programs that a search is judged by, without one: in the ordinary order each ends and is right, the fault with the twin. */

import { start } from "pigeonhole"
import { virtualTime } from "pigeonhole/testing"
import { describe, expect, it } from "vitest"
import { PROGRAMS } from "./races/programs.ts"
import type { Application } from "./races/race.ts"

const MOST_STEPS = 1_000
const STEP_MS = 10

/** Runs it as a test with virtual time would; gives what its check says. */
async function inOrder({ tree, run, check }: Application): Promise<string | undefined> {
  const time = virtualTime()
  await using runtime = await start(tree, { host: time, log: () => {} })
  let isOver = false
  const over = run(runtime).finally(() => {
    isOver = true
  })
  for (let step = 0; !isOver && step < MOST_STEPS; step += 1) await time.advance(STEP_MS)
  if (!isOver) throw new Error("the scenario has not ended")
  await over
  return await check(runtime)
}

describe("in the ordinary order", () => {
  it.each(PROGRAMS)("$name ends and is right, with its fault as without", async ({ race }) => {
    expect(await inOrder(race.buggy())).toBeUndefined()
    expect(await inOrder(race.fixed())).toBeUndefined()
  })
})

describe("the programs", () => {
  it.each(PROGRAMS)("$name says what goes wrong, and what it takes to see it", ({ race: { about, needs } }) => {
    expect(about).toMatch(/ \(.+\)$/)
    expect(needs.length).toBeGreaterThan(0)
    for (const need of needs) expect(["order", "replies", "timers", "crashes"]).toContain(need)
  })

  it("are six that are given, eight ported ones at least, and two of our own at least", () => {
    const count = (wanted: string) => PROGRAMS.filter(({ sort }) => sort === wanted).length
    expect(count("given")).toBe(6)
    expect(count("ported")).toBeGreaterThanOrEqual(8)
    expect(count("own")).toBeGreaterThanOrEqual(2)
  })
})
