/**
 * The timers of a scene, the runtime's and the program's own: any could be next, as everything else may be slow. Never early; those of one process in
 * the order of their moments, and so are those of the scenario, which is one program: whoever guards a sleep by a longer one is right in every host.
 *
 * A limit of five seconds or more, as that of a request is by default, runs out only where nothing can happen but by time, and no timer is due before it: what it
 * guards against is that nobody answers, and where everybody may be slow, every schedule would be about that. A fault may make somebody that slow.
 */

import type { TimerNode } from "../../kernel/timer-wheel.ts"
import type { Order } from "../schedule/schedule.ts"
import { Armed, type Candidate, CLOCK } from "./candidate.ts"
import type { SimulatedWheel } from "./simulated-wheel.ts"

const NONE: readonly Armed[] = []

export class Timers {
  readonly #order: Order
  readonly #wheels: readonly SimulatedWheel[]
  /** The program's own. */
  readonly #own = new Set<Armed>()
  readonly #ofNodes = new Map<TimerNode, Armed>()

  constructor(order: Order, wheels: readonly SimulatedWheel[]) {
    this.#order = order
    this.#wheels = wheels
  }

  add(armed: Armed): void {
    this.#own.add(armed)
  }

  delete(armed: unknown): void {
    this.#own.delete(armed as Armed)
  }

  get #all(): readonly Armed[] {
    if (this.#isEmpty) return NONE
    const all = this.#own.size === 0 ? [] : [...this.#own]
    for (const wheel of this.#wheels) {
      if (wheel.armed.size > 0) wheel.armed.forEach((id, node) => void all.push(this.#ofNode(node, id, wheel)))
    }
    return all
  }

  /** Of most steps. */
  get #isEmpty(): boolean {
    if (this.#own.size > 0) return false
    return !this.#wheels.some(hasArmed)
  }

  hasUpTo(most: number): boolean {
    return this.#all.some(({ id }) => id <= most)
  }

  /** Those that could fire next; `isQuiet`: nothing else can happen. */
  find(found: Candidate[], isQuiet: boolean): void {
    const all = this.#all
    if (all.length === 0) return
    const next = all.length === 1 ? all : this.#firstOf(all)
    const due = isQuiet ? dueOf(next) : Number.NEGATIVE_INFINITY
    for (const armed of next) if (!armed.isPatient || armed.choice.at <= due) found.push(armed)
  }

  #firstOf(all: readonly Armed[]): readonly Armed[] {
    const first = new Map<string | number, Armed>()
    for (const armed of all) {
      const key = this.#lineOf(armed)
      const earlier = first.get(key)
      if (earlier === undefined || armed.choice.at < earlier.choice.at) first.set(key, armed)
    }
    return [...first.values()]
  }

  /** Those of one line fire in order. */
  #lineOf({ choice: { id, actor } }: Armed): string | number {
    if (this.#order === "runtime") return CLOCK
    return actor === CLOCK ? id : actor
  }

  #ofNode(node: TimerNode, id: number, wheel: SimulatedWheel): Armed {
    const known = this.#ofNodes.get(node)
    if (known?.choice.id === id) return known
    const armed = new Armed(id, wheel.actorOf(node) ?? CLOCK, node.purpose, node.deadline, () => wheel.fire(node))
    armed.isPatient = node.isLimit && wheel.isLong(node)
    this.#ofNodes.set(node, armed)
    return armed
  }
}

function hasArmed({ armed }: SimulatedWheel): boolean {
  return armed.size > 0
}

/** When the first of those is due that are no patient limits. */
function dueOf(timers: readonly Armed[]): number {
  return timers.reduce((soonest, { isPatient, choice }) => (isPatient ? soonest : Math.min(soonest, choice.at)), Number.POSITIVE_INFINITY)
}
