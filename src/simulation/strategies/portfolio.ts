/**
 * Which strategy has the next schedule: no single one is safe, so each has its turn. One in four is of the schedules with few deviations from the base
 * order, the others are of those that draw, one after the other.
 */

import type { Decider, Strategy } from "../schedule/decider.ts"
import { Replay } from "../schedule/schedule.ts"
import type { Step } from "../schedule/step.ts"
import { type FaultPlan, withFaults } from "./fault-draw.ts"
import { FewDeviations } from "./few-deviations.ts"
import {
  actorOf,
  below,
  type Draw,
  deviating,
  type Experience,
  pct,
  pos,
  production,
  random,
  runOn,
  type StrategyMaker,
  urw,
  weightedWalk,
} from "./strategies.ts"

/** Those that can be named. */
export const STRATEGIES = {
  production,
  runOn,
  random,
  pct3: pct(() => 2),
  pct10: pct((draw) => 1 + below(draw, 10)),
  pos,
  urw,
  weightedWalk,
  deviating: deviating((draw) => 3 + below(draw, 4)),
} as const satisfies Readonly<Record<string, StrategyMaker>>

/** By what schedules are chosen: one strategy alone, or all of them in turn (`mix`). */
export type StrategyName = keyof typeof STRATEGIES | "fewDeviations" | "mix"

/**
 * The first ones: every other of few deviations, as most faults need no more than one, and there are not many of those. Production order is no hurry: every
 * ordinary test has seen it.
 */
const FIRST = ["runOn", "pos", "few", "pct10", "few", "deviating", "few", "production", "few", "pos", "few", "pct3", "few"] as const

/** Those that find the most come most often; each of the others finds something that those miss. */
const IN_TURN = [
  "deviating",
  "pos",
  "pct10",
  "deviating",
  "pos",
  "urw",
  "deviating",
  "pos",
  "pct3",
  "deviating",
  "pos",
  "weightedWalk",
  "deviating",
  "pos",
  "pct10",
  "deviating",
  "pos",
  "random",
] as const

/** A strategy for one schedule. */
export interface Assignment {
  readonly name: StrategyName
  readonly strategy: Strategy
}

export class Portfolio {
  readonly #name: StrategyName
  readonly #draw: Draw
  readonly #faults: Pick<FaultPlan, "most" | "inboxFull">
  readonly #few: FewDeviations
  #faultDecisions = 0
  #given = 0
  #drawn = 0
  #decisions = 0
  #steps: ReadonlyMap<string, number> = new Map()

  constructor(name: StrategyName, draw: Draw, faults: Pick<FaultPlan, "most" | "inboxFull">) {
    this.#name = name
    this.#draw = draw
    this.#faults = faults
    this.#few = new FewDeviations(draw)
  }

  next(): Assignment {
    const number = this.#given
    this.#given += 1
    if (this.#name === "mix") return this.#mixed(number)
    if (this.#name === "fewDeviations") return number === 0 ? this.#make("runOn") : (this.#fewest() ?? this.#make("random"))
    return this.#make(this.#name)
  }

  #mixed(number: number): Assignment {
    const first = FIRST[number]
    if (first !== undefined && first !== "few") return this.#make(first)
    const few = first === "few" || number % 4 === 0 ? this.#fewest() : undefined
    if (few !== undefined) return few
    this.#drawn += 1
    return this.#make(IN_TURN[(this.#drawn - 1) % IN_TURN.length] as (typeof IN_TURN)[number])
  }

  #fewest(): Assignment | undefined {
    const deviations = this.#few.next()
    return deviations === undefined ? undefined : { name: "fewDeviations", strategy: new Replay(deviations) }
  }

  #make(name: keyof typeof STRATEGIES): Assignment {
    const strategy = STRATEGIES[name](this.#draw, this.#experience)
    if (name === "production" || name === "runOn") return { name, strategy: withoutFaults(strategy) }
    const faulty = withFaults(strategy, this.#draw, { ...this.#faults, decisions: this.#faultDecisions })
    return { name, strategy: doingAll(faulty) }
  }

  get #experience(): Experience {
    return { decisions: this.#decisions, steps: this.#steps }
  }

  /** A schedule was carried out. */
  learn(name: StrategyName, { decisions, deviations, faults }: Decider, steps: readonly Step[]): void {
    this.#faultDecisions = Math.max(this.#faultDecisions, faults)
    if (name === "fewDeviations" || name === "runOn") this.#few.add({ deviations, decisions, steps })
    const count = decisions.filter(({ kind }) => kind !== "operation").length
    if (count <= this.#decisions) return
    this.#decisions = count
    const counts = new Map<string, number>()
    for (const { choice } of steps) if (choice !== undefined) counts.set(actorOf(choice), (counts.get(actorOf(choice)) ?? 0) + 1)
    this.#steps = counts
  }
}

/** Leaves no operation out, and counts decisions without those. */
function doingAll(strategy: Strategy): Strategy {
  let operations = 0
  return {
    choose(decision) {
      if (decision.kind !== "operation")
        return strategy.choose(operations === 0 ? decision : { ...decision, number: decision.number - operations })
      operations += 1
      return decision.base
    },
  }
}

function withoutFaults(strategy: Strategy): Strategy {
  return { choose: (decision) => (decision.kind === "step" ? strategy.choose(decision) : decision.base) }
}
