import { describe, expect, it } from "vitest"
import { StoreMailbox, server, start, store } from "../../actors/index.ts"
import { checkStackRoom, hasStackRoom } from "../../src/kernel/stack.ts"

/** Asks there; what becomes of the answer is looked at once there is room for that. */
function askAtTheEnd(frames: number, ask: () => Promise<unknown>): void {
  let answer: Promise<unknown> | undefined
  atTheEnd(frames, () => {
    answer = ask()
  })
  answer?.catch(() => {})
}

/** Calls `act` so many frames above the end of the stack; what overflows there is the caller's own. */
function atTheEnd(frames: number, act: () => void): void {
  const way = { back: frames }
  const dive = (): void => {
    try {
      dive()
    } catch (error) {
      way.back -= 1
      if (way.back !== 0) throw error
      act()
    }
  }
  try {
    dive()
  } catch {
    // Overflowed again: that near the end nothing can be called.
  }
}

/** What a host needs to compile a function (V8: 40 kB), and half as much again for those that lead to it. */
const NEEDED_BYTES = 60_000
const BYTES_OF_AN_ARGUMENT = 8

describe("hasStackRoom", () => {
  it("is true on a short stack, and near the end of a full one only where a host could compile whatever runs", () => {
    expect(hasStackRoom()).toBe(true)
    expect(checkStackRoom).not.toThrow()
    const parameters = new Array<number>(NEEDED_BYTES / BYTES_OF_AN_ARGUMENT).fill(0)
    const take = (..._all: readonly number[]): void => {}
    take(...parameters)
    const seen = { scarce: 0, ample: 0 }
    for (let frames = 12; frames < 2000; frames += 4) {
      let isAmple = false
      let isThere = true
      atTheEnd(frames, () => {
        try {
          isAmple = hasStackRoom()
          if (isAmple) take(...parameters)
        } catch {
          isThere = false
        }
      })
      if (isAmple) expect(isThere).toBe(true)
      seen[isAmple ? "ample" : "scarce"] += 1
    }
    expect(seen.scarce).toBeGreaterThan(0)
    expect(seen.ample).toBeGreaterThan(0)
  })
})

describe("a caller whose stack is full", () => {
  it("leaves a server its state, and the runtime its work, whatever it asks for on the way back", async () => {
    const runtime = await start({}, { log: () => {} })
    const counter = server({
      init: () => ({ count: 0 }),
      call: { count: (state) => state.count },
      cast: {
        add: (state, _: undefined) => {
          state.count += 1
        },
      },
    })
    const pid = runtime.spawn(counter)
    pid.cast.add()
    expect(await pid.call.count()).toBe(1)
    for (let frames = 1; frames < 200; frames += 3) {
      askAtTheEnd(frames, () => pid.call.count())
      atTheEnd(frames, () => void runtime.spawn(counter))
      expect(await pid.call.count()).toBe(1)
    }
    let accepted = 0
    for (let frames = 1; frames < 200; frames += 3) {
      atTheEnd(frames, () => {
        if (pid.cast.add()) accepted += 1
      })
    }
    expect(await pid.call.count()).toBeGreaterThanOrEqual(1 + accepted)
    await runtime.stop({ timeoutMs: 1_000 })
    expect(runtime.statistics().processes).toBe(0)
  })

  it("leaves a store its entries, also by the first request that comes to some part of its code", async () => {
    const runtime = await start({ "app:cache": store<unknown>({ maxEntries: 3 }) }, { log: () => {} })
    const cache = await runtime.acquire("app:cache")
    await cache.set("kept", 1)
    await cache.set("copied", new Map([[1, new Date()]]))
    const requests: (() => Promise<unknown>)[] = [
      () => cache.get("copied"),
      () => cache.set("new", [{ n: 1 }], { ttl: 0.002 }),
      () => cache.set("new", new Set([1]), { bound: true }),
      () => cache.set("one too many", 1),
    ]
    for (const ask of requests) {
      for (let frames = 300; frames < 640; frames += 1) {
        askAtTheEnd(frames, ask)
        expect(await cache.get("kept")).toBe(1)
      }
    }
    await runtime.stop()
  })

  it("has a whole mailbox or none, whether somebody has that service's or not", async () => {
    const runtime = await start({ "app:cache": store<unknown>(), "app:parts": store<unknown>({ partitions: 2 }) }, { log: () => {} })
    let given = 0
    const acquireAtTheEnd = async (id: string, frames: number): Promise<void> => {
      let acquired: Promise<StoreMailbox<unknown>> | undefined
      atTheEnd(frames, () => {
        acquired = runtime.acquire(id, { as: StoreMailbox<unknown> })
      })
      const mailbox = await acquired?.catch((error: unknown) => void expect(error).toBeInstanceOf(RangeError))
      if (mailbox === undefined) return
      given += 1
      await mailbox.set("key", frames)
      expect(await mailbox.get("key")).toBe(frames)
      expect(await mailbox.release()).toBe(true)
    }
    for (let frames = 1; frames < 1200; frames += 7) for (const id of ["app:cache", "app:parts"]) await acquireAtTheEnd(id, frames)
    expect(given).toBeGreaterThan(0)
    await runtime.stop()
  })
})
