import { beforeEach, describe, expect, it } from "vitest"
import { Alarm } from "../../src/kernel/alarm.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { ProcessTimer, Tick } from "../../src/kernel/process-timer.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import { type HookedProcess, launch } from "../support/hooked-process.ts"

let time: VirtualTime
let kernel: Kernel
let seen: unknown[]
let target: HookedProcess

beforeEach(async () => {
  time = virtualTime()
  kernel = new Kernel(time)
  seen = []
  target = launch(kernel, {
    handle: (message) => {
      if (message instanceof Tick) seen.push(message.isDue ? message.redeem() : "not due")
    },
  })
  await time.settle()
})

describe("ProcessTimer", () => {
  it("ticks once, after its delay", async () => {
    const timer = new ProcessTimer(target, 100, "tick")
    await time.advance(99)
    expect(seen).toEqual([])
    await time.advance(1)
    expect(seen).toEqual(["tick"])
    await time.advance(1000)
    expect([seen.length, timer.cancel(), time.armedTimers]).toEqual([1, false, 0])
  })

  it("gives what was left when it is cancelled, and never ticks", async () => {
    const timer = new ProcessTimer(target, 100, "tick")
    await time.advance(30)
    expect([timer.cancel(), timer.cancel()]).toEqual([70, false])
    await time.advance(1000)
    expect([seen, time.armedTimers]).toEqual([[], 0])
  })

  it("dies with its process", async () => {
    const timer = new ProcessTimer(target, 100, "tick", 100)
    target.urge({ type: "exit", reason: "kill" })
    await time.settle()
    expect([kernel.wheel.size, timer.cancel()]).toEqual([0, false])
    await time.advance(1000)
    expect(time.armedTimers).toBe(0)
  })

  it("of a process that has ended arms nothing and is over", async () => {
    target.urge({ type: "exit", reason: "kill" })
    await time.settle()
    const timer = new ProcessTimer(target, 100, "tick", 100)
    expect([kernel.wheel.size, timer.cancel()]).toEqual([0, false])
  })
})

describe("Alarm", () => {
  it("calls back once, at its moment, and not when it was cancelled", async () => {
    const calls: string[] = []
    new Alarm(kernel, 100, () => calls.push("kept"))
    new Alarm(kernel, 100, () => calls.push("cancelled")).cancel()
    await time.advance(99)
    expect(calls).toEqual([])
    await time.advance(1)
    expect([calls, time.armedTimers]).toEqual([["kept"], 0])
  })
})

describe("a ProcessTimer that repeats", () => {
  it("has tick n due n periods after it was armed, however the clock jitters: no lateness is carried on", async () => {
    let readings = 0
    const late: number[] = []
    const host = Object.create(time, { now: { value: () => time.now() + (readings++ % 97) / 100 } })
    const jittery = new Kernel(host)
    const armedAt = time.now()
    const ticker = launch(jittery, {
      handle: (message) => {
        if (!(message instanceof Tick)) return
        message.redeem()
        late.push(time.now() - armedAt - (late.length + 1) * 7.25)
      },
    })
    await time.settle()
    new ProcessTimer(ticker, 7.25, "tick", 7.25)
    await time.advance(7.25 * 10_000)
    expect(late.length).toBeGreaterThanOrEqual(9_999)
    // The wheel counts whole ms, and the clock is read up to 1 ms late.
    expect(Math.max(...late.map(Math.abs))).toBeLessThanOrEqual(2)
  })

  it("gives the ticks that were missed as one, and says how many were left out", async () => {
    let now = 0
    const pending: (() => void)[] = []
    const stalled = new Kernel({ ...time, now: () => now, setTimer: (callback) => pending.push(callback) })
    const missed: number[] = []
    const ticker = launch(stalled, {
      handle: (message) => {
        if (!(message instanceof Tick)) return
        message.redeem()
        missed.push(timer.missed)
      },
    })
    await time.settle()
    const timer = new ProcessTimer(ticker, 10, "tick", 10)
    for (const at of [10, 55, 60]) {
      now = at
      for (const callback of pending.splice(0)) callback()
      await time.settle()
    }
    expect(missed).toEqual([0, 3, 0])
  })

  it("leaves no host timer armed where the last one was cancelled or its process has ended", async () => {
    const timer = new ProcessTimer(target, 100, "tick", 100)
    expect(time.armedTimers).toBe(1)
    timer.cancel()
    await time.settle()
    expect(time.armedTimers).toBe(0)
    new ProcessTimer(target, 100, "tick")
    target.urge({ type: "exit", reason: "kill" })
    await time.settle()
    expect(time.armedTimers).toBe(0)
  })
})
