/**
 * Supervision while children crash, are killed, do not start and hang: by OTP's table of strategies who is up when another one starts, and that
 * all are up again in the end; a supervisor gives up where there were more restarts than it allows, and not before.
 *
 * The table is that of the naive model of supervision, as a rule on what is seen: the model itself knows one order of what happens in one moment,
 * and here there are all.
 */

import type { Application, World } from "pigeonhole/simulation"
import { child, type Pid, server, supervisor } from "../../../actors/index.ts"
import { type OwnScenario, parts, type Self, Verdict } from "./scenario.ts"

const NAMES = ["a", "b", "c"] as const
type Strategy = "one_for_one" | "one_for_all" | "rest_for_one"

/** Who must be down when that one starts. */
const DOWN: Readonly<Record<Strategy, (place: number) => number[]>> = {
  one_for_one: () => [],
  one_for_all: (place) => [1, 2].filter((other) => other > place),
  rest_for_one: (place) => [1, 2].filter((other) => other > place),
}

const supervised = (strategy: Strategy) => (): Application => {
  const verdict = new Verdict()
  const started = new Map<string, Pid>()
  const isUp = (name = ""): boolean => started.get(name)?.isAlive === true
  const worker = server({
    init: (name: (typeof NAMES)[number], self) => {
      const wrong = DOWN[strategy](NAMES.indexOf(name)).map((place) => NAMES[place])
      for (const other of wrong) verdict.expect(!isUp(other), `${name} was started while ${other} was up (${strategy})`)
      verdict.expect(!isUp(name), `${name} was started while it was up`)
      started.set(name, self.pid)
      return {}
    },
    call: { ping: () => "pong" },
  })
  const rules = { backoff: { initialMs: 5, maxMs: 20 } }
  const children = Object.fromEntries(NAMES.map((name) => [`app:${name}`, child(worker, { ...rules, argument: name })]))
  return {
    tree: { "app:above": supervisor({ children, strategy, intensity: 50 }) },
    async run(runtime) {
      await parts(
        runtime,
        ...NAMES.map((name) => async (self: Self) => {
          const box = await self.acquire<{ readonly call: { ping(none: undefined, options: object): Promise<unknown> } }>(`app:${name}`)
          for (let step = 0; step < 2; step += 1) await box.call.ping(undefined, { timeoutMs: 1000 }).catch(() => {})
        }),
      )
    },
    check: verdict.look,
  }
}

const allUp = (world: World): boolean =>
  NAMES.every((name) => world.processes.includes(`app:${name}`) && world.stateOf(`app:${name}`) !== undefined)
const options = { faults: { crash: 3, startFails: 2, startHangs: 1, slowHandler: 1 }, eventually: { allUp } }

export const oneForOne: OwnScenario = { promises: [7], make: supervised("one_for_one"), options }
export const oneForAll: OwnScenario = { promises: [7], make: supervised("one_for_all"), options }
export const restForOne: OwnScenario = { promises: [7], make: supervised("rest_for_one"), options }

/** Two restarts are allowed, and the clock does not go on by as much as the period: with two crashes it goes on, with three it gives up. */
const intense = (crashes: number, isOver: boolean) => (): Application => {
  const poor = server({
    init: () => ({}),
    call: {
      crash: () => {
        throw new Error("boom")
      },
    },
  })
  let gaveUp = false
  return {
    tree: {
      "app:above": supervisor({
        children: { "app:poor": child(poor, { backoff: { initialMs: 0 } }) },
        intensity: 2,
        periodMs: 1_000_000_000,
      }),
    },
    async run(runtime) {
      runtime.inspect((event) => {
        if (event.type === "exited" && event.label === "app:above") gaveUp = true
      })
      await parts(runtime, async (self) => {
        const box = await self.acquire<{ readonly call: { crash(none: undefined, options: object): Promise<unknown> } }>("app:poor")
        for (let left = crashes; left > 0; left -= 1)
          await box.call.crash(undefined, { timeoutMs: Number.POSITIVE_INFINITY }).catch(() => {})
      })
    },
    check: () => gaveUp === isOver,
  }
}

export const withinLimit: OwnScenario = { promises: [7], make: intense(2, false), options: {} }
export const beyondLimit: OwnScenario = { promises: [7], make: intense(3, true), options: {} }
