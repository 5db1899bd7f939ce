/** Another copy of the package, at every door: what it made is refused by name wherever a public function takes something that it cannot be. */

import { describe, expect, it, vi } from "vitest"
import { createMachine } from "xstate"
import { Invalid } from "../../actors/index.ts"
import { answerTo, type Place } from "../support/mistakes.ts"
import { functionRows } from "../support/option-functions.ts"
import { methodRows } from "../support/option-methods.ts"
import { openOptionStage } from "../support/option-stage.ts"

vi.resetModules()
const theirs = await import("../../actors/index.ts")
const theirXState = await import("../../src/xstate.ts")

/** What is unknown stays so, whatever stands there. */
const SENTENCE = /of another copy of pigeonhole: npm ls pigeonhole shows both| is unknown;/

const theirRuntime = await theirs.start({ "app:store": theirs.store() }, { log: () => {} })
const echo = theirs.server({ init: () => ({}) })

/** One of everything that another copy makes, and a class of it. */
const MADE: Readonly<Record<string, unknown>> = {
  server: echo,
  actor: theirs.actor(async () => {}),
  store: theirs.store(),
  statechart: theirXState.statechart(createMachine({})),
  child: theirs.child(echo),
  supervisor: theirs.supervisor({ children: {} }),
  pool: theirs.pool(echo, { size: 1 }),
  registry: theirs.registry({ keys: "unique" }),
  pid: theirRuntime.spawn(echo),
  failure: theirs.failure(new theirs.NotFound("gone")),
  deferred: new theirs.Deferred(undefined),
  stashed: new theirs.Stashed(),
  mailbox: await theirRuntime.acquire("app:store"),
  task: theirRuntime.async(() => 1),
  error: new theirs.NotFound("gone"),
  runtime: theirRuntime,
  class: theirs.StoreMailbox,
}

interface Attempt {
  readonly where: string
  readonly value: unknown
}

/** At the place itself, and at each of its options, where nothing like it could be meant. */
function attemptsAt({ field, sorts, options, beside = [], base = {} }: Place, name: string, value: unknown): Attempt[] {
  const takes = (right: readonly string[] = []): boolean => right.includes(typeof value === "function" ? "function" : "instance")
  if (options === undefined) return takes(sorts) ? [] : [{ where: `${name} as ${field}`, value }]
  const whole = takes(beside) ? [] : [{ where: `${name} as ${field}`, value }]
  const parts = Object.entries(options).filter(([, right]) => !takes(right))
  return [...whole, ...parts.map(([option]) => ({ where: `${name} as ${option}`, value: { ...base, [option]: value } }))]
}

async function complaint(place: Place, { where, value }: Attempt): Promise<string | undefined> {
  const answer = await answerTo(() => place.put(value as never))
  return answer instanceof Invalid && SENTENCE.test(answer.message) ? undefined : `${where}: ${String(answer)}`
}

const stage = await openOptionStage()
const rows = { ...functionRows(), ...methodRows(stage) }

describe("what another copy of the package made is refused by name by", () => {
  it.each(Object.entries(rows))("%s", async (_door, places) => {
    const complaints: (string | undefined)[] = []
    for (const place of places) {
      for (const [name, value] of Object.entries(MADE)) {
        for (const attempt of attemptsAt(place, name, value)) complaints.push(await complaint(place, attempt))
      }
    }
    expect(complaints.filter((one) => one !== undefined)).toEqual([])
  })
})

describe("a pid of another runtime is refused as such by", () => {
  const other = openOptionStage()
  const doors = Object.entries(rows).flatMap(([name, places]) => {
    const found = places.filter(({ field }) => ["pid", "target", "pids"].includes(field))
    return found.length === 0 ? [] : [[name, found] as const]
  })

  it.each(doors)("%s", async (_door, places) => {
    const { bystander } = await other
    for (const place of places) {
      const answer = await answerTo(() => place.put(bystander as never))
      expect(answer).toMatchObject({ _tag: "Invalid", message: expect.stringMatching(/must be of this runtime; it is of another$/) })
    }
  })
})
