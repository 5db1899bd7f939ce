/**
 * Where one sends to several at once, that reaches some of them, and the others once all else is over: as if those were cut off. Who has been written to by half, or
 * heard half of the answers, is seen by others meanwhile: what goes wrong with majorities and with copies needs several messages that are late together.
 *
 * Each is on one of two sides. What somebody sends to several without anything happening to it in between reaches both sides, or one of them, mostly the other one
 * than the last time; or it reaches both, and the answers of one side are late. What is late comes when nothing else can: in half of the schedules the newest first, in
 * the others all that one has sent before what another has, in the order in which it was; of the lowest priority first, as that of the others was late for what it
 * does meanwhile. All else goes by priorities of whoever has sent it.
 *
 * Source  Jepsen's partitions: a network is cut in two, and then along another line.
 */

import type { Decision, Strategy } from "../schedule/decider.ts"
import { type Choice, OUTSIDE, type Step } from "../schedule/step.ts"
import { type Draw, doerOf, greatest, type StrategyMaker } from "./strategies.ts"

/** Up to so likely it is of what is sent that it reaches all; how likely is drawn for a schedule. */
const REACHING_ALL = 0.2

/** How likely it is that answers are late, and not what is sent. */
const ANSWERS_LATE = 0.15

/** How likely it is that what somebody sends next reaches the other side. */
const TURNING = 0.75

/** How likely it is of a schedule that what is late comes the newest first, whoever has sent it. */
const BY_AGE = 0.5

/** How likely it is of a schedule that who has a start or an answer to come goes on with that before all others. */
const AT_ONCE = 0.7

const LATE = -1_000_000
const AFTER_ALL = -10_000_000
const BEFORE_ALL = 2

/** Less than two priorities differ by. */
const LEAST = 1e-9

export const cuts: StrategyMaker = (draw) => new Cutting(draw)

/** To how many something was sent at once: the scenario, which begins several things with nothing to do with one another, counts as one that sends to two at most. */
export function receiversAtOnce({ choice, sent }: Step): number {
  const receivers = new Set<string>()
  for (const { kind, to } of sent) if (kind === "request" || kind === "message") receivers.add(to)
  return choice?.actor === OUTSIDE ? Math.min(receivers.size, 2) : receivers.size
}

/** Of somebody who sends. */
interface Sender {
  /** To whom, since something has happened to it. */
  readonly receivers: Set<string>
  /** Something has happened to it since: what it sends next is another thing. */
  hasGoneOn: boolean
  /** What reaches one side only; `undefined` as long as it has not sent to several at once. */
  reach: Reach | undefined
}

interface Reach {
  readonly side: boolean
  /** `sent` or `answers`: on the other side those are late. */
  readonly late: "sent" | "answers" | "nothing"
}

class Cutting implements Strategy {
  readonly #draw: Draw
  readonly #reachingAll: number
  readonly #isByAge: boolean
  readonly #areAnswersAtOnce: boolean
  readonly #areStartsAtOnce: boolean
  readonly #sides = new Map<string, boolean>()
  readonly #senders = new Map<string, Sender>()
  readonly #priorities = new Map<string, number>()
  /** By the numbers of choices: the how many-th that was seen. */
  readonly #seen = new Map<number, number>()

  constructor(draw: Draw) {
    this.#draw = draw
    this.#reachingAll = draw() * REACHING_ALL
    this.#isByAge = draw() < BY_AGE
    this.#areAnswersAtOnce = draw() < AT_ONCE
    this.#areStartsAtOnce = draw() < AT_ONCE
  }

  choose({ choices }: Pick<Decision, "choices">): number {
    for (const choice of choices) this.#see(choice)
    const index = greatest(choices, (choice) => this.#rank(choice))
    this.#goOn(choices[index] as Choice)
    return index
  }

  went(choice: Choice): void {
    this.#see(choice)
    this.#goOn(choice)
  }

  #goOn({ actor }: Choice): void {
    const sender = this.#senders.get(actor)
    if (sender !== undefined) sender.hasGoneOn = true
  }

  #see({ id, kind, from, actor }: Choice): void {
    if (this.#seen.has(id)) return
    this.#seen.set(id, this.#seen.size)
    if (kind === "message") this.#sends(from, actor)
  }

  #sends(from: string, to: string): void {
    const sender = this.#senderOf(from)
    const { receivers, reach } = sender
    if (sender.hasGoneOn) receivers.clear()
    sender.hasGoneOn = false
    const before = receivers.size
    receivers.add(to)
    // Who has sent to several may do so again: what reaches whom is drawn with the first.
    const isDue = reach === undefined ? receivers.size > 1 : before === 0
    if (isDue) sender.reach = this.#drawnReach(reach)
  }

  #senderOf(name: string): Sender {
    const known = this.#senders.get(name)
    if (known !== undefined) return known
    const made: Sender = { receivers: new Set(), hasGoneOn: false, reach: undefined }
    this.#senders.set(name, made)
    return made
  }

  #drawnReach(before: Reach | undefined): Reach {
    const side = before === undefined ? this.#draw() < 0.5 : this.#draw() < TURNING !== before.side
    const isAll = this.#draw() < this.#reachingAll
    return { side, late: isAll ? "nothing" : this.#draw() < ANSWERS_LATE ? "answers" : "sent" }
  }

  #rank(choice: Choice): number {
    const { kind } = choice
    if (this.#isLate(choice)) return LATE + this.#rankOfLate(choice)
    if (kind === "timer") return AFTER_ALL
    const isAtOnce = kind === "start" ? this.#areStartsAtOnce : kind === "reply" && this.#areAnswersAtOnce
    return (isAtOnce ? BEFORE_ALL : 0) + this.#priorityOf(doerOf(choice))
  }

  #rankOfLate(choice: Choice): number {
    const age = this.#seen.get(choice.id) as number
    return this.#isByAge ? age : -age * LEAST - this.#priorityOf(doerOf(choice))
  }

  #isLate({ kind, from, actor }: Choice): boolean {
    if (kind === "message") return this.#isCutOff(from, actor, "sent")
    return kind === "reply" && this.#isCutOff(actor, from, "answers")
  }

  #isCutOff(sender: string, other: string, what: Reach["late"]): boolean {
    const reach = this.#senders.get(sender)?.reach
    return reach?.late === what && this.#sideOf(other) !== reach.side
  }

  #sideOf(name: string): boolean {
    const known = this.#sides.get(name)
    if (known !== undefined) return known
    const side = this.#drawnSide()
    this.#sides.set(name, side)
    return side
  }

  /** Half of the time the one that has fewer. */
  #drawnSide(): boolean {
    let lead = 0
    for (const side of this.#sides.values()) lead += side ? 1 : -1
    return lead === 0 || this.#draw() < 0.5 ? this.#draw() < 0.5 : lead < 0
  }

  #priorityOf(name: string): number {
    const known = this.#priorities.get(name)
    if (known !== undefined) return known
    const drawn = this.#draw()
    this.#priorities.set(name, drawn)
    return drawn
  }
}
