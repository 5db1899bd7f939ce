/** Who explores may have had enough: it ends between two steps, and nothing of it is left. */

import { type Application, type ExploreOptions, explore, replay } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { actor, Canceled } from "../../../actors/index.ts"
import { only } from "../../support/explored.ts"

const before = [Date.now, setTimeout, Math.random, performance.now, process.listenerCount("unhandledRejection")]
const now = () => [Date.now, setTimeout, Math.random, performance.now, process.listenerCount("unhandledRejection")]

/** What it ends by, and that nothing is left of it: another one can begin. */
async function endOf(make: () => Application, options: ExploreOptions): Promise<unknown> {
  const end = await explore(make, options).then(
    (report) => report,
    (error: unknown) => error,
  )
  expect(now()).toEqual(before)
  expect(
    (
      await explore(
        only(() => {}),
        { schedules: 1 },
      )
    ).schedules,
  ).toBe(1)
  return end
}

describe("the signal of an exploration", () => {
  it("that is aborted already has nothing made", async () => {
    let made = 0
    const make = (): Application => {
      made += 1
      return { tree: {}, run: () => {} }
    }
    const reason = new Error("enough")
    const signal = AbortSignal.abort(reason)
    expect(await endOf(make, { signal })).toMatchObject({ kind: "CANCELED", cause: reason })
    await expect(replay(make, "1.1.c.-.00000000", { signal })).rejects.toBeInstanceOf(Canceled)
    expect(made).toBe(0)
  })

  it("ends it between two schedules", async () => {
    const controller = new AbortController()
    let told = 0
    const onProgress = (schedules: number): void => {
      told = schedules
      if (schedules === 3) controller.abort("late")
    }
    const error = await endOf(
      only(() => {}),
      { signal: controller.signal, onProgress },
    )
    expect(error).toBeInstanceOf(Canceled)
    expect(error).toMatchObject({ message: "exploration of the application was canceled by its caller's signal", cause: "late" })
    expect(told).toBe(3)
  })

  it("ends it within one, after the step in which it came", async () => {
    const controller = new AbortController()
    let steps = 0
    const make = only(async (_runtime, world) => {
      for (;;) {
        steps += 1
        if (steps === 10) controller.abort()
        await world.external("somewhere", () => undefined)
      }
    })
    expect(await endOf(make, { signal: controller.signal })).toBeInstanceOf(Canceled)
    expect(steps).toBe(10)
  })

  it("is heard from outside, however long a schedule is", async () => {
    const controller = new AbortController()
    let rounds = 0
    const make = only(async (_runtime, world) => {
      for (;;) {
        rounds += 1
        await world.external("somewhere", () => undefined)
      }
    })
    setImmediate(() => setImmediate(() => controller.abort()))
    const end = await endOf(make, { signal: controller.signal, maxSteps: 100_000_000 })
    expect(end).toBeInstanceOf(Canceled)
    expect(rounds).toBeGreaterThan(100)
  })

  it("ends it while a failure is made short", async () => {
    const controller = new AbortController()
    let tries = 0
    const make = only(async (runtime, _world, notes) => {
      const note = actor<string>(async (_self, name) => void notes.push(name))
      const pids = ["a", "b", "c", "d"].map((name) => runtime.spawn(note, name))
      await Promise.all(pids.map((pid) => runtime.whenEnded(pid)))
      if (notes.join("") === "cadb") throw new Error("mixed")
    })
    const end = await endOf(make, {
      signal: controller.signal,
      strategy: "random",
      onProgress: (_, { phase }) => {
        if (phase !== "shrinking") return
        tries += 1
        controller.abort()
      },
    })
    expect(end).toBeInstanceOf(Canceled)
    expect(tries).toBe(1)
  })

  it("is let go of at the end, and changes nothing", async () => {
    const { signal } = new AbortController()
    const heard: string[] = []
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      heard.push("add")
      add(...given)
    }
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      heard.push("remove")
      remove(...given)
    }
    const make = only(() => {})
    const [one, other] = [await explore(make, { schedules: 5, signal }), await explore(make, { schedules: 5 })]
    expect(heard).toEqual(["add", "remove"])
    expect(one.coverage).toEqual(other.coverage)
  })

  it("must be one", async () => {
    const wrong = { signal: {} } as ExploreOptions
    await expect(
      explore(
        only(() => {}),
        wrong,
      ),
    ).rejects.toMatchObject({ kind: "INVALID", details: { field: "signal" } })
  })
})
