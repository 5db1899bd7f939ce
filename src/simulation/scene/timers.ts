/**
 * The timers of a scene, the runtime's and the program's own: any could be next, as everything else may be slow. Never early; those of one process in
 * the order of their moments, and so are those of the scenario, which is one program: whoever guards a sleep by a longer one is right in every host.
 *
 * A limit of five seconds or more, as that of a request is by default, runs out only where nothing can happen but by time, and no timer is due before it: what it
 * guards against is that nobody answers, and where everybody may be slow, every schedule would be about that. A fault may make somebody that slow.
 */

import type { TimerNode } from "../../kernel/timer-wheel.ts"
import type { Order } from "../schedule/schedule.ts"
import { type Answer, Armed, type Candidate, CLOCK, purposeOf } from "./candidate.ts"
import { isLong, type SimulatedWheel } from "./simulated-wheel.ts"
import { takeOut } from "./take-out.ts"

const NONE: readonly Armed[] = []

export class Timers {
  readonly #order: Order
  readonly #wheels: readonly SimulatedWheel[]
  readonly #runOut: (answer: Answer) => void
  /** The program's own, and short limits of answers that are under way. */
  readonly #own = new Set<Armed>()
  /** Long ones: few are ever looked at, and a timer is made for those. */
  readonly #limited: Answer[] = []
  readonly #ofNodes = new Map<TimerNode, Armed>()
  /** Of the program's own, and of the limits. */
  #ownChanges = 0
  /** Those that could fire next, as they were after so many changes. */
  #next: readonly Armed[] = NONE
  #changes = 0

  /** `runOut`: the time is over of who waits for an answer that is under way. */
  constructor(order: Order, wheels: readonly SimulatedWheel[], runOut: (answer: Answer) => void) {
    this.#order = order
    this.#wheels = wheels
    this.#runOut = runOut
  }

  add(armed: Armed): void {
    this.#own.add(armed)
    this.#ownChanges += 1
  }

  delete(armed: unknown): void {
    if (this.#own.delete(armed as Armed)) this.#ownChanges += 1
  }

  /** An answer is under way, and its asker waits no longer than until its limit. */
  addLimit(answer: Answer): void {
    if (!isLong(answer.asked.limitMs)) return this.add(this.#limitOf(answer))
    this.#limited.push(answer)
    this.#ownChanges += 1
  }

  /** It has arrived, or its limit has run out. */
  callOff(answer: Answer): void {
    if (answer.limitId === 0) return
    takeOut(this.#limited, answer)
    this.delete(answer.limit)
    this.#ownChanges += 1
  }

  get #all(): readonly Armed[] {
    const all = [...this.#own, ...this.#limited.map((answer) => this.#limitOf(answer))]
    if (this.#own.size > 0 && this.#limited.length > 0) all.sort((one, other) => one.choice.id - other.choice.id)
    for (const wheel of this.#wheels) wheel.armed.forEach((id, node) => void all.push(this.#ofNode(node, id, wheel)))
    return all
  }

  #limitOf(answer: Answer): Armed {
    if (answer.limit !== undefined) return answer.limit
    const { asked, choice, limitId } = answer
    const runOut = (): void => {
      this.callOff(answer)
      this.#runOut(answer)
    }
    const limit = new Armed(limitId, choice.actor, `time limit of ${asked.operation}`, asked.until, runOut)
    limit.isPatient = isLong(asked.limitMs)
    answer.limit = limit
    return limit
  }

  hasUpTo(most: number): boolean {
    return this.#all.some(({ id }) => id <= most)
  }

  /** Those that could fire next; `isQuiet`: nothing else can happen. In most steps only limits are armed, each of them long. */
  find(found: Candidate[], isQuiet: boolean): void {
    if (!isQuiet && !this.#areUrgent) return
    const next = this.#present()
    if (next.length === 0) return
    const due = isQuiet ? dueOf(next) : Number.NEGATIVE_INFINITY
    for (const armed of next) if (!armed.isPatient || armed.choice.at <= due) found.push(armed)
  }

  /** Whether one is armed that need not wait until nothing else can happen. */
  get #areUrgent(): boolean {
    if (this.#own.size > 0) return true
    for (let at = 0; at < this.#wheels.length; at += 1) if ((this.#wheels[at] as SimulatedWheel).areUrgent) return true
    return false
  }

  /** In many steps none is armed, and none taken out. */
  #present(): readonly Armed[] {
    let changes = this.#ownChanges
    for (let at = 0; at < this.#wheels.length; at += 1) changes += (this.#wheels[at] as SimulatedWheel).changes
    if (changes === this.#changes) return this.#next
    this.#changes = changes
    this.#next = this.#firstOf(this.#all)
    return this.#next
  }

  #firstOf(all: readonly Armed[]): readonly Armed[] {
    if (all.length < 2) return all
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
    const armed = new Armed(id, wheel.actorOf(node) ?? CLOCK, purposeOf(node), node.deadline, () => wheel.fire(node))
    armed.isPatient = wheel.isPatient(node)
    this.#ofNodes.set(node, armed)
    return armed
  }
}

/** When the first of those is due that are no patient limits. */
function dueOf(timers: readonly Armed[]): number {
  return timers.reduce((soonest, { isPatient, choice }) => (isPatient ? soonest : Math.min(soonest, choice.at)), Number.POSITIVE_INFINITY)
}
