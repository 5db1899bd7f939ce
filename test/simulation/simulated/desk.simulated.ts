/** What `test/simulation/vitest.test.ts` has Vitest run. */

import { it } from "pigeonhole/simulation/vitest"
import { afterEach, beforeEach, describe, expect, vi } from "vitest"
import { buggy, fixed, hasMany, soldOnce, soldOut, waiting } from "./desk.ts"

const LONG_MS = 60_000
const always = { soldOnce }

describe("the desk (of one ticket)", () => {
  it.simulate("sells it's ticket twice", buggy, { always })
  it.simulate("sells it once", fixed, { schedules: 300, always, sometimes: { soldOut } })
})

it.simulate("never has many", fixed, { schedules: 50, sometimes: { hasMany, soldOut } })
it.simulate("has a model of nobody", fixed, { schedules: 50, models: { "app:dekc": { init: () => 0, call: {} } } })
it.simulate.skip("is skipped", buggy, { always })
it.simulate.todo("is not written")
it.simulate.fails("is known to fail", buggy, { always })
it.simulate.skipIf(true)("is skipped here", buggy, { always })
it.simulate.runIf(true)("runs here", fixed, { schedules: 20, always })
const desks = [
  ["buggy", buggy],
  ["fixed", fixed],
] as const
it.simulate.each(desks)("each: %s", (_name, desk, world) => ({ ...desk(), check: () => world.now >= 0 }), { schedules: 100, always })
it.simulate.each([{ name: "one", desk: fixed }])("each of $name", ({ desk }) => desk(), { schedules: 3 })
it.simulate.for([["fixed", 7]])("for: %s", ([name, seven]) => ({ ...fixed(), check: () => name === "fixed" && seven === 7 }), {
  schedules: 3,
})
it.simulate("does not know its options", fixed, { schedules: 0 })
it.simulate("misspells its options", fixed, { ...JSON.parse('{ "timeOutMs": 300 }') })
it.simulate("makes up its options", fixed, { ...JSON.parse('{ "patience": 300 }') })
it.simulate("is over before it is done", fixed, { schedules: 100_000, timeoutMs: 300 })
it.simulate("has the globals after that", fixed, { schedules: 20 })

it.simulate("may say something", () => ({ ...fixed(), check: () => console.log("a line") }), { schedules: 3 })

describe.concurrent("at once", () => {
  it.simulate("one", fixed, { schedules: 60, always })
  it.simulate("another", fixed, { schedules: 60, always })
  it("beside them", { timeout: LONG_MS }, async () => {
    const before = Date.now()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(Date.now() - before).toBeGreaterThanOrEqual(15)
    expect(before).toBeGreaterThan(Date.UTC(2025, 5))
  })
})

it.simulate("has timers of its own", waiting, { schedules: 5 })

describe("with fake timers", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  it.simulate("is not held up", waiting, { schedules: 5 })
})
