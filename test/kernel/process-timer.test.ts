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
