import { describe, expect, it } from "vitest"
import { LogThrottle } from "../../src/inspection/log-throttle.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { virtualTime } from "../../src/testing.ts"

function open() {
  const time = virtualTime({ startMs: 500 })
  const summaries: number[] = []
  let readings = 0
  const kernel = new Kernel({
    ...time,
    now: () => {
      readings += 1
      return time.now()
    },
  })
  const throttle = new LogThrottle(kernel, { lines: 3, periodMs: 1000, summary: (suppressed) => void summaries.push(suppressed) })
  const admitted = (times: number): number => Array.from({ length: times }, () => throttle.admits()).filter(Boolean).length
  const readingsOf = (action: () => unknown): number => {
    const before = readings
    action()
    return readings - before
  }
  return { time, throttle, summaries, admitted, readingsOf }
}

describe("a throttle", () => {
  it("admits so many lines a period, counted from its first", async () => {
    const { time, admitted } = open()
    expect(admitted(2)).toBe(2)
    await time.advance(999)
    expect(admitted(1)).toBe(1)
    await time.advance(1)
    expect(admitted(3)).toBe(3)
  })

  it("keeps no timer while nothing was left out", async () => {
    const { time, admitted, summaries } = open()
    admitted(3)
    expect(time.armedTimers).toBe(0)
    await time.advance(5000)
    expect(summaries).toEqual([])
  })

  it("admits none once it has left one out, until the period is over; then it says how many it left out", async () => {
    const { time, admitted, summaries } = open()
    admitted(1)
    await time.advance(400)
    expect(admitted(7)).toBe(2)
    await time.advance(599)
    expect([admitted(1), summaries]).toEqual([0, []])
    await time.advance(1)
    expect(summaries).toEqual([6])
    expect(time.armedTimers).toBe(0)
    expect(admitted(5)).toBe(3)
    await time.advance(1000)
    expect(summaries).toEqual([6, 2])
  })

  it("keeps no program alive for its summary, and arms one timer however many are left out", () => {
    const { time, admitted } = open()
    admitted(1000)
    expect(time.armedTimers).toBe(1)
    expect(time.heldTimers).toBe(0)
  })

  it("reads no clock while it leaves out", () => {
    const { admitted, readingsOf } = open()
    admitted(4)
    expect(readingsOf(() => admitted(1000))).toBe(0)
  })

  it("when flushed, says at once what it has left out, once, and nothing where that is nothing", async () => {
    const { time, throttle, admitted, summaries } = open()
    throttle.flush()
    expect(summaries).toEqual([])
    admitted(5)
    throttle.flush()
    expect(summaries).toEqual([2])
    await time.advance(2000)
    expect(summaries).toEqual([2])
  })

  it("when flushed, begins a whole period with its next line", async () => {
    const { time, throttle, admitted, summaries } = open()
    admitted(4)
    await time.advance(500)
    throttle.flush()
    admitted(5)
    await time.advance(999)
    expect(summaries).toEqual([1])
    await time.advance(1)
    expect(summaries).toEqual([1, 2])
  })
})
