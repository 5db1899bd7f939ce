import { describe, expect, it } from "vitest"
import { calendarMoments } from "../../../actors/store/calendar-moments.ts"
import { seededRandom } from "../../../src/testing.ts"

/** Two clocks as a machine has them: the calendar in whole ms; the other as it was read when a message began. */
function clocks(offset: number) {
  let [moment, isAhead, now] = [0, offset, 0]
  return {
    self: { systemTime: () => Math.floor(moment + isAhead), now: () => now },
    /** A message begins, and has gone on for so long by now. */
    message: (afterMs: number, workedMs: number) => {
      now = moment + afterMs
      moment = now + workedMs
    },
    set: (ms: number) => {
      isAhead += ms
    },
  }
}

describe("a moment by the calendar", () => {
  it("is the same whenever it is asked for", () => {
    const random = seededRandom(7)
    const { self, message } = clocks(1_700_000_000_000.4)
    const moments = calendarMoments(self)
    const asked = [60_000.2, 60_000.9]
    const first = asked.map(moments)
    for (const one of first) expect(Math.abs((one as number) - 1_700_000_060_000)).toBeLessThanOrEqual(1)
    for (let round = 0; round < 10_000; round += 1) {
      message(random() * 1000, random() * 50)
      expect(asked.map(moments)).toEqual(first)
    }
  })

  it("follows the calendar where that is set, ahead or back", () => {
    const { self, message, set } = clocks(1_700_000_000_000)
    const moments = calendarMoments(self)
    for (const ms of [3_600_000, -7_200_000, -10, 200]) {
      const before = moments(1000) as number
      set(ms)
      expect(moments(1000)).toBe(before + ms)
      message(0.5, 0)
      expect(moments(1000)).toBe(before + ms)
    }
  })

  it("is none where there is no end", () => {
    expect(calendarMoments(clocks(1000).self)(Number.POSITIVE_INFINITY)).toBeUndefined()
  })

  it("that was asked for late in a long turn is right when it is asked for again", () => {
    const { self, message } = clocks(1_700_000_000_000)
    const moments = calendarMoments(self)
    message(10, 500)
    moments(1000)
    message(10, 0)
    expect(moments(1000)).toBe(1_700_000_001_000)
  })
})
