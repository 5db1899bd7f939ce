/** How many schedules have a turn of the host's together: it costs as much as some steps, and where nobody waits for one they share it. */

import { type ExploreOptions, explore } from "pigeonhole/simulation"
import { afterEach, describe, expect, it, vi } from "vitest"
import { defaultHost } from "../../../src/kernel/host.ts"
import { only } from "../../support/explored.ts"

afterEach(() => void vi.restoreAllMocks())

/** How many turns so many schedules take, where it is `msOfOne` later each time that the clock is read. */
async function turnsOf(schedules: number, options: ExploreOptions = {}, msOfOne = 0): Promise<number> {
  let ms = 0
  vi.spyOn(defaultHost, "now").mockImplementation(() => {
    ms += msOfOne
    return ms
  })
  const turn = vi.spyOn(defaultHost, "yield")
  const application = only(() => {})
  expect((await explore(application, { ...options, schedules })).schedules).toBe(schedules)
  const turns = turn.mock.calls.length
  vi.restoreAllMocks()
  return turns
}

describe("a turn of the host's", () => {
  it("is shared by all schedules that it has the time for", async () => {
    expect(await turnsOf(40)).toBe(1)
  })

  it("is over once it has lasted for ten milliseconds", async () => {
    expect(await turnsOf(40, {}, 6)).toBe(20)
    expect(await turnsOf(40, {}, 10)).toBe(40)
  })

  it("is over where a schedule is carried out again, which has one of its own", async () => {
    expect(await turnsOf(120)).toBe(5)
  })

  it("is of one schedule where somebody is to hear of each, may end it, or is waited for outside", async () => {
    expect(await turnsOf(40, { onProgress: () => {} })).toBe(40)
    expect(await turnsOf(40, { signal: new AbortController().signal })).toBe(40)
    expect(await turnsOf(40, { allow: ["FSREQCALLBACK"] })).toBe(40)
  })
})
