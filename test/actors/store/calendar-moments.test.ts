import { describe, expect, it } from "vitest"
import { start, store } from "../../../actors/index.ts"
import { calendarMoments } from "../../../actors/store/calendar-moments.ts"
import { seededRandom, virtualTime } from "../../../src/testing.ts"

/** Two clocks as a machine has them, of which one tells whole ms. */
function clocks(offset: number) {
  let [moment, isAhead] = [0, offset]
  return {
    self: { calendarLead: () => Math.floor(moment + isAhead) - moment },
    pass: (ms: number) => {
      moment += ms
    },
    set: (ms: number) => {
      isAhead += ms
    },
  }
}

describe("a moment by the calendar", () => {
  it("is the same whenever it is asked for", () => {
    const random = seededRandom(7)
    const { self, pass } = clocks(1_700_000_000_000.4)
    const moments = calendarMoments(self)
    const asked = [60_000.2, 60_000.9]
    const first = asked.map(moments)
    for (const one of first) expect(Math.abs((one as number) - 1_700_000_060_000)).toBeLessThanOrEqual(1)
    for (let round = 0; round < 10_000; round += 1) {
      pass(random() * 1000)
      expect(asked.map(moments)).toEqual(first)
    }
  })

  it("follows the calendar where that is set, ahead or back", () => {
    const { self, pass, set } = clocks(1_700_000_000_000)
    const moments = calendarMoments(self)
    for (const ms of [3_600_000, -7_200_000, -10, 200, 1, -1]) {
      const before = moments(1000) as number
      set(ms)
      expect(moments(1000)).toBe(before + ms)
      pass(0.5)
      expect(moments(1000)).toBe(before + ms)
    }
  })

  it("is none where there is no end", () => {
    expect(calendarMoments(clocks(1000).self)(Number.POSITIVE_INFINITY)).toBeUndefined()
  })

  it("is the same late in a long turn", async () => {
    const time = virtualTime()
    let workedMs = 0
    const host = { ...time, now: () => time.now() + workedMs, systemTime: () => Math.floor(1.7e12 + time.now() + workedMs) }
    await using runtime = await start({ "app:store": store<number>() }, { host, log: () => {} })
    const cache = await runtime.acquire("app:store")
    const { expiresAt } = await cache.put("a", 1, { ttl: 60 })
    const late = await cache.update("a", (value = 0) => {
      workedMs += 500.5
      return value + 1
    })
    expect([late?.expiresAt, (await cache.entry("a"))?.expiresAt]).toEqual([expiresAt, expiresAt])
  })
})
