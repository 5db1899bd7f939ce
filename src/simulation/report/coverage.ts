/**
 * What many schedules have tried of what there is to try: in how many steps there was a choice, and in each inbox which kinds of messages came before
 * which; and which transitions of machines were taken (`transition-coverage.ts`).
 *
 * A kind is an operation's name, or a timer's. Two kinds of an inbox make a pair where different senders sent them: those of one sender stay in
 * order, and say nothing. An order of a pair is seen where, in some schedule, a message of the one was handled before one of the other, of two senders.
 * A pair that is seen in one order only may have a race that nobody has tried, or must be so.
 *
 * Bounds  200 inboxes and 32 kinds in each; messages beyond are counted (`leftOut`). About 150 KB at the most.
 */

import type { MachineTransitions } from "../scene/machines.ts"
import type { Choice, Step } from "../schedule/step.ts"
import { type TransitionCoverage, Transitions } from "./transition-coverage.ts"

/** Two kinds of messages of an inbox that were handled in this order, and never in the other. */
export interface OneOrder {
  readonly before: string
  readonly after: string
}

/** What was tried of the orders in which messages can come to one inbox. */
export interface InboxCoverage {
  /** The process by its label. */
  readonly inbox: string
  /** Of how many pairs of kinds. */
  readonly pairs: number
  /** How many were seen in both orders. */
  readonly bothOrders: number
  /** Those that were seen in one order only; the first `LISTED_PAIRS`. */
  readonly oneOrder: readonly OneOrder[]
}

/** What was tried. */
export interface CoverageSummary {
  readonly schedules: number
  readonly steps: number
  /** Steps in which more than one thing could have come next. */
  readonly stepsWithChoice: number
  /** Those with pairs; first those with most pairs that were not seen in both orders. */
  readonly inboxes: readonly InboxCoverage[]
  /** Of each machine of a statechart; first those of which most were never taken. */
  readonly transitions: readonly TransitionCoverage[]
  /** Messages of which nothing is kept, as there were too many inboxes or kinds. */
  readonly leftOut: number
}

const INBOXES = 200
const KINDS = 32
const LISTED_PAIRS = 5

export class Coverage {
  #schedules = 0
  #steps = 0
  #stepsWithChoice = 0
  #leftOut = 0
  readonly #inboxes = new Map<string, Inbox>()
  readonly #transitions = new Transitions()

  /** One schedule more. Cost: O(steps × kinds of an inbox), and the number of its machines' transitions. */
  add(steps: readonly Step[], machines: MachineTransitions = new Map()): void {
    this.#transitions.add(machines)
    this.#schedules++
    this.#steps += steps.length
    for (const inbox of this.#inboxes.values()) inbox.begin()
    for (const step of steps) {
      if (step.choices > 1) this.#stepsWithChoice++
      if (step.choice !== undefined && isMessage(step, step.choice)) this.#handled(step.choice)
    }
  }

  summary(): CoverageSummary {
    const inboxes = [...this.#inboxes].map(([inbox, kept]) => ({ inbox, ...kept.summary() })).filter(({ pairs }) => pairs > 0)
    return {
      schedules: this.#schedules,
      steps: this.#steps,
      stepsWithChoice: this.#stepsWithChoice,
      inboxes: inboxes.toSorted((a, b) => b.pairs - b.bothOrders - (a.pairs - a.bothOrders)),
      transitions: this.#transitions.summary(),
      leftOut: this.#leftOut,
    }
  }

  #handled(choice: Choice): void {
    if (this.#inboxOf(choice.actor)?.handled(kindOf(choice), choice.from) !== true) this.#leftOut++
  }

  #inboxOf(actor: string): Inbox | undefined {
    const known = this.#inboxes.get(actor)
    if (known !== undefined || this.#inboxes.size === INBOXES) return known
    const inbox = new Inbox()
    this.#inboxes.set(actor, inbox)
    return inbox
  }
}

/** But for what every process is told at the end, which takes nothing that was sent. */
function isMessage({ took }: Step, { kind, what }: Choice): boolean {
  return (kind === "message" && (what !== "exit" || took !== undefined)) || kind === "timer"
}

function kindOf({ kind, what }: Choice): string {
  return kind === "timer" ? `timer ${what}` : what
}

/** Who has sent messages of a kind: nobody, one, or several. That is all that is asked of it. */
class Senders {
  #one: string | undefined
  #areSeveral = false

  add(sender: string): void {
    this.#areSeveral ||= this.#one !== undefined && this.#one !== sender
    this.#one ??= sender
  }

  /** Whether one of them is another than that. */
  hasOther(sender: string): boolean {
    return this.#areSeveral || (this.#one !== undefined && this.#one !== sender)
  }

  /** Whether one of these and one of those are two. */
  differ(others: Senders): boolean {
    return this.#areSeveral || (this.#one !== undefined && others.hasOther(this.#one))
  }
}

/** What is kept of one inbox: its kinds by their places, and the pairs of places that were seen in that order. */
class Inbox {
  readonly #kinds: string[] = []
  readonly #places = new Map<string, number>()
  /** By place: who has sent it in any schedule, and in this one. */
  readonly #senders: Senders[] = []
  #sendersNow: Senders[] = []
  readonly #seen = new Set<number>()

  /** Another schedule. */
  begin(): void {
    if (this.#sendersNow.length > 0) this.#sendersNow = []
  }

  /** Whether it is kept. */
  handled(kind: string, from: string): boolean {
    const after = this.#placeOf(kind)
    if (after === undefined) return false
    for (let before = 0; before < this.#sendersNow.length; before += 1) {
      if (before !== after && this.#sendersNow[before]?.hasOther(from)) this.#seen.add(before * KINDS + after)
    }
    this.#note(this.#senders, after, from)
    this.#note(this.#sendersNow, after, from)
    return true
  }

  #note(lists: Senders[], place: number, from: string): void {
    while (lists.length <= place) lists.push(new Senders())
    lists[place]?.add(from)
  }

  #placeOf(kind: string): number | undefined {
    const known = this.#places.get(kind)
    if (known !== undefined || this.#kinds.length === KINDS) return known
    this.#places.set(kind, this.#kinds.length)
    return this.#kinds.push(kind) - 1
  }

  summary(): Omit<InboxCoverage, "inbox"> {
    const pairs = this.#pairs()
    const oneOrder = pairs.flatMap(([a, b]) => [...this.#alone(a, b), ...this.#alone(b, a)])
    const bothOrders = pairs.filter(([a, b]) => this.#isSeen(a, b) && this.#isSeen(b, a)).length
    return { pairs: pairs.length, bothOrders, oneOrder: oneOrder.slice(0, LISTED_PAIRS) }
  }

  #pairs(): readonly (readonly [number, number])[] {
    const places = [...this.#kinds.keys()]
    const pairs = places.flatMap((a) => places.slice(a + 1).map((b) => [a, b] as const))
    return pairs.filter(([a, b]) => this.#senders[a]?.differ(this.#senders[b] ?? new Senders()))
  }

  #isSeen(before: number, after: number): boolean {
    return this.#seen.has(before * KINDS + after)
  }

  #alone(before: number, after: number): readonly OneOrder[] {
    const isAlone = this.#isSeen(before, after) && !this.#isSeen(after, before)
    return isAlone ? [{ before: this.#kinds[before] ?? "", after: this.#kinds[after] ?? "" }] : []
  }
}
