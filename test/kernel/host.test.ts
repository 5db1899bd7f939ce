import { afterEach, describe, expect, it, vi } from "vitest"
import { Alarm } from "../../src/kernel/alarm.ts"
import { defaultHost, type Host } from "../../src/kernel/host.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { virtualTime } from "../../src/testing.ts"

/** Node turns a longer delay into 1 ms. */
const LONGEST_MS = 2 ** 31 - 1

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe("defaultHost.setTimer", () => {
  it.each([
    [0, 1],
    [1.2, 2],
    [LONGEST_MS, LONGEST_MS],
    [LONGEST_MS + 1, LONGEST_MS],
    [1e15, LONGEST_MS],
  ])("asks Node for no delay that it cannot count: for %d ms, %d", async (delayMs, asked) => {
    const setTimer = vi.spyOn(globalThis, "setTimeout")
    // It takes hold of the host's functions when it is loaded.
    vi.resetModules()
    const { defaultHost: loaded } = await import("../../src/kernel/host.ts")
    loaded.clearTimer(loaded.setTimer(() => {}, delayMs))
    expect(setTimer.mock.calls.map(([, ms]) => ms)).toContain(asked)
  })

  it("keeps no program alive, but while it is told to", () => {
    const timer = defaultHost.setTimer(() => {}, 60_000) as ReturnType<typeof setTimeout>
    expect(timer.hasRef()).toBe(false)
    defaultHost.holdTimer(timer, true)
    expect(timer.hasRef()).toBe(true)
    defaultHost.holdTimer(timer, false)
    expect(timer.hasRef()).toBe(false)
    defaultHost.clearTimer(timer)
  })
})

/** The default host as a host without these of Node's globals loads it. */
async function loadedWithout(...names: readonly string[]): Promise<Host> {
  for (const name of names) vi.stubGlobal(name, undefined)
  vi.resetModules()
  const { defaultHost: loaded } = await import("../../src/kernel/host.ts")
  vi.unstubAllGlobals()
  return loaded
}

describe("defaultHost, where a host has less than Node", () => {
  it("takes a timer that cannot be told to keep nothing alive, as a browser's number", async () => {
    const setTimer = vi.spyOn(globalThis, "setTimeout").mockReturnValue(7 as never)
    const loaded = await loadedWithout()
    const timer = loaded.setTimer(() => {}, 60_000)
    setTimer.mockRestore()
    expect(timer).toBe(7)
    for (const isHeld of [true, false]) expect(() => loaded.holdTimer(timer, isHeld)).not.toThrow()
    expect(() => loaded.clearTimer(timer)).not.toThrow()
  })

  it.each([
    ["by a message to itself, without setImmediate", ["setImmediate"]],
    ["by a timer, without channels too", ["setImmediate", "MessageChannel"]],
  ])("gives the host its turn %s", async (_how, names) => {
    const loaded = await loadedWithout(...names)
    const order: string[] = []
    const turn = (name: string): Promise<void> => new Promise((resolve) => loaded.yield(() => resolve(void order.push(name))))
    const turns = [turn("first"), turn("second")]
    await new Promise<void>((resolve) => loaded.microtask(() => resolve(void order.push("microtask"))))
    await Promise.all(turns)
    expect(order).toEqual(["microtask", "first", "second"])
  })

  it("lets timers fire between turns that follow each other without setImmediate", async () => {
    const loaded = await loadedWithout("setImmediate")
    let hasFired = false
    loaded.setTimer(() => {
      hasFired = true
    }, 1)
    while (!hasFired) await new Promise<void>((resolve) => loaded.yield(resolve))
    expect(hasFired).toBe(true)
  })
})

describe("defaultHost", () => {
  it("has the host's functions of the time when it was loaded: what takes their place later neither hangs nor drives it", async () => {
    vi.useFakeTimers()
    try {
      const before = defaultHost.now()
      await new Promise<void>((resolve) => defaultHost.yield(resolve))
      await new Promise<void>((resolve) => defaultHost.holdTimer(defaultHost.setTimer(resolve, 2), true))
      expect(defaultHost.now()).toBeGreaterThan(before)
      vi.advanceTimersByTime(60_000)
      expect(defaultHost.now() - before).toBeLessThan(30_000)
    } finally {
      vi.useRealTimers()
    }
  })

  it("has chance of its own: what takes the place of Math.random later has no say in it", () => {
    vi.spyOn(Math, "random").mockImplementation(() => Number.NaN)
    expect(defaultHost.random()).toBeGreaterThanOrEqual(0)
  })
})

describe("a kernel whose host's clock begins below zero", () => {
  it("fires each deadline at its moment, before zero and after", async () => {
    const time = virtualTime({ startMs: -1_000.5 })
    const kernel = new Kernel(time)
    const fired: number[] = []
    for (const delayMs of [0, 1, 999, 1_000.5, 40_000]) new Alarm(kernel, delayMs, () => fired.push(time.now()))
    for (let passed = 0; passed < 45_000; passed += 500) await time.advance(500)
    expect(fired).toHaveLength(5)
    for (const [index, at] of [-1_000.5, -999.5, -1.5, 0, 38_999.5].entries()) {
      expect(fired[index]).toBeGreaterThanOrEqual(at)
      expect((fired[index] as number) - at).toBeLessThan(1)
    }
    expect(time.armedTimers).toBe(0)
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
