import { Context, Duration, Effect, Schedule } from "effect"
import { describe, expect, it } from "vitest"
import { start, supervisor } from "../../actors/index.ts"
import { child, scheduleBackoff, server } from "../../src/effect.ts"
import { backoffOf, delayBefore } from "../../src/supervision/backoff.ts"
import { virtualTime } from "../../src/testing.ts"
import { fieldOf } from "../support/errors.ts"

class Clockwork extends Context.Service<Clockwork, object>()("test/Clockwork") {}

const waitsOf = (schedule: Parameters<typeof scheduleBackoff>[0], count: number, chance = 0.5) => {
  const { waits } = scheduleBackoff(schedule)
  return Array.from({ length: count }, (_, index) => waits?.(index + 1, chance))
}

describe("a Schedule as a backoff", () => {
  it("waits for its steps, in a row", () => {
    expect(waitsOf(Schedule.exponential("1 second"), 4)).toEqual([1000, 2000, 4000, 8000])
    expect(waitsOf(Schedule.spaced("3 seconds"), 3)).toEqual([3000, 3000, 3000])
    expect(waitsOf(Schedule.fibonacci("10 millis"), 5)).toEqual([10, 10, 20, 30, 50])
  })

  it("says when it is done", () => {
    expect(scheduleBackoff(Schedule.recurs(3)).maxAttempts).toBe(3)
    expect(scheduleBackoff(Schedule.max([Schedule.exponential("1 second"), Schedule.recurs(5)])).maxAttempts).toBe(5)
    expect(scheduleBackoff(Schedule.spaced("1 second")).maxAttempts).toBe(0)
  })

  it("takes its chance from the runtime", () => {
    const jittered = Schedule.jittered(Schedule.spaced("1 second"))
    expect(waitsOf(jittered, 3, 0.1)).toEqual(waitsOf(jittered, 3, 0.1))
    expect(waitsOf(jittered, 3, 0.1)).not.toEqual(waitsOf(jittered, 3, 0.9))
  })

  it("refuses what is none, has no step, or fails", () => {
    expect(fieldOf(() => scheduleBackoff({} as never))).toBe("backoff")
    expect(fieldOf(() => scheduleBackoff(Schedule.recurs(0)))).toBe("backoff")
    const needy = Schedule.modifyDelay(Schedule.spaced("1 second"), () => Effect.as(Effect.service(Clockwork), Duration.zero))
    expect(fieldOf(() => scheduleBackoff(needy as never))).toBe("backoff")
    expect(fieldOf(() => child(server({ init: () => ({}) }), { shutdown: "5 minuets" as never }))).toBe("child.shutdown")
    expect(fieldOf(() => child(server({ init: () => ({}) }), { backoff: { initialMs: "soon" as never } }))).toBe("child.backoff.initialMs")
  })

  it("times a child's restarts, and gives it up when it is done", async () => {
    const starts: number[] = []
    const time = virtualTime()
    const failing = server({ init: () => Effect.succeed({}), cast: { die: () => Effect.die("boom") } })
    const kept = child(failing, { backoff: Schedule.max([Schedule.exponential("1 second"), Schedule.recurs(3)]), shutdown: "2 seconds" })
    const tree = supervisor({ children: { "app:failing": kept }, intensity: 100 })
    const runtime = await start(tree, {
      host: time,
      log: () => {},
      inspect: (event) => {
        if (event.type === "child_started" || event.type === "spawned") starts.push(time.now())
      },
    })
    starts.length = 0
    const box = await runtime.acquire("app:failing")
    for (const waitMs of [1000, 2000, 4000]) {
      const before = starts.length
      box.cast.die()
      await time.advance(waitMs - 1)
      expect(starts.length).toBe(before)
      await time.advance(1)
      expect(starts.length).toBeGreaterThan(before)
    }
    const before = starts.length
    box.cast.die()
    await time.advance(100_000)
    expect(starts.length).toBe(before)
    await runtime.stop()
    expect(time.armedTimers).toBe(0)
  })
})

describe("the waits of a backoff", () => {
  const plain = backoffOf({ initialMs: 10, jitter: 0 }, "backoff")
  const bad = (): never => {
    throw new Error("no")
  }

  it("stand in the place of its numbers, unless they throw or are none", () => {
    expect(delayBefore(1, { ...plain, waits: () => 7 }, 0.5)).toBe(7)
    expect(delayBefore(3, { ...plain, waits: (attempt, chance) => attempt + chance }, 0.5)).toBe(3.5)
    for (const waits of [bad, () => Number.NaN, () => -1, () => "soon" as never]) {
      expect(delayBefore(3, { ...plain, waits }, 0.5)).toBe(delayBefore(3, plain, 0.5))
    }
  })
})
