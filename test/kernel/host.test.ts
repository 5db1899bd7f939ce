import { afterEach, describe, expect, it, vi } from "vitest"
import { Alarm } from "../../src/kernel/alarm.ts"
import { type Host, nodeHost } from "../../src/kernel/host.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { virtualTime } from "../../src/testing.ts"

/** Node turns a longer delay into 1 ms. */
const LONGEST_MS = 2 ** 31 - 1

afterEach(() => {
  vi.restoreAllMocks()
})

describe("nodeHost.setTimer", () => {
  it.each([
    [0, 1],
    [1.2, 2],
    [LONGEST_MS, LONGEST_MS],
    [LONGEST_MS + 1, LONGEST_MS],
    [1e15, LONGEST_MS],
  ])("asks Node for no delay that it cannot count: for %d ms, %d", (delayMs, asked) => {
    const setTimer = vi.spyOn(globalThis, "setTimeout")
    nodeHost.clearTimer(nodeHost.setTimer(() => {}, delayMs))
    expect(setTimer.mock.calls.map(([, ms]) => ms)).toEqual([asked])
  })

  it("keeps no program alive, but while it is told to", () => {
    const timer = nodeHost.setTimer(() => {}, 60_000) as ReturnType<typeof setTimeout>
    expect(timer.hasRef()).toBe(false)
    nodeHost.holdTimer(timer, true)
    expect(timer.hasRef()).toBe(true)
    nodeHost.holdTimer(timer, false)
    expect(timer.hasRef()).toBe(false)
    nodeHost.clearTimer(timer)
  })
})

describe("a kernel whose host cannot count so far", () => {
  it("fires nothing early, and everything at its moment", async () => {
    const time = virtualTime()
    const host: Host = { ...time, setTimer: (callback, delayMs) => time.setTimer(callback, Math.min(delayMs, LONGEST_MS)) }
    const kernel = new Kernel(host)
    const yearMs = 366 * 24 * 3_600_000
    let fired = 0
    new Alarm(kernel, yearMs, () => {
      fired += 1
    })
    await time.advance(yearMs - 1)
    expect(fired).toBe(0)
    await time.advance(1)
    expect(fired).toBe(1)
    await time.advance(yearMs)
    expect(time.armedTimers).toBe(0)
  })
})
