/** Turns of the host while an application is explored: schedules that nobody is told of share one, and none is so long that others wait in vain. */

import { describe, expect, it } from "vitest"
import { type MailboxOf, type Runtime, server } from "../../../actors/index.ts"
import { type Application, type ExploreOptions, explore } from "../../../actors/simulation.ts"

const desk = server({ init: () => ({}), call: { get: () => 1 } })

function calling(times: number): Application {
  return {
    tree: { "app:desk": desk },
    async run(runtime) {
      const box = await (runtime as Runtime<{ "app:desk": MailboxOf<typeof desk> }>).acquire("app:desk")
      for (let done = 0; done < times; done += 1) await box.call.get()
    },
  }
}

/** How many turns the host has had by the end. */
async function turnsIn(make: () => Application, options: ExploreOptions): Promise<number> {
  let turns = 0
  let isOver = false
  const turn = (): void => {
    turns += 1
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  const report = await explore(make, options)
  isOver = true
  expect(report.failure).toBe(undefined)
  return turns
}

describe("an exploration that tells nobody of its schedules", () => {
  it("lets the host have its turn before long", async () => {
    expect(await turnsIn(() => calling(1000), { schedules: 20, strategy: "production" })).toBeGreaterThan(3)
  })
})

describe("an exploration that tells of each schedule", () => {
  it("lets the host have its turn after each", async () => {
    const told: number[] = []
    const onProgress = (schedules: number): void => void told.push(schedules)
    expect(await turnsIn(() => calling(1), { schedules: 30, onProgress })).toBeGreaterThanOrEqual(30)
    expect(told.length).toBe(30)
  })
})
