/** A world of messages that make each other, small enough to try all its schedules: each is handled once, and sends what it has to. */

import fc from "fast-check"
import { Decider, type Strategy } from "../../src/simulation/schedule/decider.ts"
import { type Choice, choiceOf, sentOf, stepOf } from "./steps.ts"

/** A message: to whom, and which one sends it, by its place in the list; an earlier one, or none. */
export interface Message {
  readonly to: string
  readonly by: number | undefined
  /** Of one that none sends: who did, before all; where nothing is said, somebody else for each. */
  readonly from?: string
}

/** A schedule of it. */
export interface Carried {
  readonly decider: Decider
  readonly decisions: Decider["decisions"]
  readonly deviations: Decider["deviations"]
  readonly steps: ReturnType<typeof stepOf>[]
  readonly explored: number
}

/** Those of which no two are alike: each is known by its place in the list. */
export function messages(most: number, actors: readonly string[]): fc.Arbitrary<readonly Message[]> {
  const drawn = fc.record({ to: fc.constantFrom(...actors), by: fc.option(fc.nat(), { nil: undefined }) })
  const list = fc.array(drawn, { minLength: 2, maxLength: most })
  return list.map((all) => all.map(({ to, by }, place) => ({ to, by: by === undefined || place === 0 ? undefined : by % place })))
}

/** Carries out one schedule, in the base order the message that came up first; `operations`: so many are decided about before it. */
export function carryOut(world: readonly Message[], strategy: Strategy, operations = 0): Carried {
  const decider = new Decider(strategy)
  const steps: Carried["steps"] = []
  for (let done = 0; done < operations; done += 1) {
    decider.choose(
      "operation",
      [choiceOf(-1, { kind: "operation", what: "done" }), choiceOf(-2, { kind: "operation", what: "left out" })],
      0,
    )
  }
  let open = toChoices(world, undefined)
  while (open.length > 0) {
    const chosen = open[decider.choose("step", open, 0)] as Choice
    const sent = toChoices(world, chosen.id)
    steps.push(stepOf(chosen, { index: steps.length, sent: sent.map(({ id, actor }) => sentOf(id, actor)) }))
    open = [...open.filter((each) => each !== chosen), ...sent]
  }
  return { decider, decisions: decider.decisions, deviations: decider.deviations, steps, explored: decider.steps }
}

function toChoices(world: readonly Message[], by: number | undefined): Choice[] {
  return world.flatMap((message, id) => {
    if (message.by !== by) return []
    const from = by === undefined ? (message.from ?? `sender of ${id}`) : (world[by] as Message).to
    return [choiceOf(id, { actor: message.to, from, what: `m${id}` })]
  })
}

/** All its schedules, each once. */
export function allSchedules(world: readonly Message[]): Carried[] {
  const found: Carried[] = []
  const visit = (choices: readonly number[]): void => {
    const carried = carryOut(world, { choose: ({ number }) => choices[number] ?? 0 })
    const next = carried.decisions[choices.length]
    if (next === undefined) return void found.push(carried)
    for (const choice of next.choices.keys()) visit([...choices, choice])
  }
  visit([])
  return found
}

/** What each has gone through, in its order: two schedules that differ in nothing else are one. */
export function linesText({ steps }: Pick<Carried, "steps">): string {
  const lines = new Map<string, string[]>()
  for (const { choice } of steps) {
    if (choice !== undefined) lines.set(choice.actor, [...(lines.get(choice.actor) ?? []), choice.what])
  }
  const texts = [...lines].map(([actor, line]) => `${actor}: ${line.join(" ")}`)
  return texts.toSorted().join("; ")
}
