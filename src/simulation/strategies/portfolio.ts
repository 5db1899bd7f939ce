/**
 * Which strategy has the next schedule: no single one is safe, so each has its turn. Some look for an order that no schedule has had, as long as one is
 * known: few deviations from the base order, and the reversals of what was seen. The others draw; where that brings back what was seen, reversals have some of their turns.
 */

import type { Decider, Strategy } from "../schedule/decider.ts"
import { Replay } from "../schedule/schedule.ts"
import type { Choice, Step } from "../schedule/step.ts"
import { channelOf, channels } from "./channels.ts"
import { cuts, receiversAtOnce } from "./cuts.ts"
import { errands } from "./errands.ts"
import { FaultChances } from "./fault-chances.ts"
import { type FaultPlan, withFaults } from "./fault-draw.ts"
import { FewDeviations } from "./few-deviations.ts"
import { Orders } from "./orders.ts"
import { pauses } from "./pauses.ts"
import { promptly } from "./prompt.ts"
import { Reversals } from "./reversals.ts"
import {
  below,
  type Draw,
  deviating,
  doerOf,
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
import { Thrift } from "./thrift.ts"

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
  promptDeviating: promptly(deviating((draw) => 3 + below(draw, 4))),
  promptPct10: promptly(pct((draw) => 1 + below(draw, 10))),
  promptPos: promptly(pos),
  promptUrw: promptly(urw),
  errands: errands((draw) => 1 + below(draw, 5)),
  promptErrands: promptly(errands((draw) => 1 + below(draw, 5))),
  channels,
  cuts,
  pauses,
} as const satisfies Readonly<Record<string, StrategyMaker>>

/** Those that go by what schedules before have shown. */
type Searching = "fewDeviations" | "reversals"
type Drawing = keyof typeof STRATEGIES

/** By what schedules are chosen: one strategy alone, or all of them in turn (`mix`). */
export type StrategyName = Drawing | Searching | "mix"

/** The first ones: many of them reverse what was seen, before others do what one deviation is enough for; the rest draw in the ways that find the most. */
const FIRST = [
  "runOn",
  "reversals",
  "promptUrw",
  "reversals",
  "reversals",
  "fewDeviations",
  "reversals",
  "pos",
  "reversals",
  "fewDeviations",
  "pauses",
  "reversals",
  "reversals",
  "promptUrw",
] as const

/** And then: what takes several things out of the ordinary is drawn sooner than it is come to step by step. `drawn` is the next one of those below. */
const THEN = [
  "drawn",
  "reversals",
  "drawn",
  "channels",
  "reversals",
  "drawn",
  "pos",
  "reversals",
  "drawn",
  "reversals",
  "drawn",
  "drawn",
  "reversals",
  "drawn",
  "fewDeviations",
  "reversals",
  "channels",
  "drawn",
  "reversals",
  "drawn",
] as const

/** Those that find the most come most often; each of the others finds something that those miss. Production order is left to ordinary tests. */
const DRAWN = [
  "pauses",
  "channels",
  "promptUrw",
  "deviating",
  "errands",
  "promptErrands",
  "pos",
  "promptUrw",
  "pauses",
  "deviating",
  "promptPos",
  "pos",
  "errands",
  "promptUrw",
  "deviating",
  "pauses",
  "weightedWalk",
  "pos",
  "channels",
  "pauses",
  "deviating",
  "promptUrw",
  "promptDeviating",
  "pos",
  "promptPos",
  "pauses",
  "urw",
] as const

/** After so many schedules what is left takes many things out of the ordinary at once: what goes on from what was seen seldom comes there. */
const SHALLOW = 100

/** After so many a schedule that is drawn is gone through seldom, where more reversals are known than will be tried: of most of them nobody would ask any more. */
const LATE = 200

/** And then. */
const LATER = [
  "pos",
  "reversals",
  "promptErrands",
  "channels",
  "promptUrw",
  "deviating",
  "pos",
  "reversals",
  "errands",
  "channels",
  "fewDeviations",
  "pct10",
  "promptDeviating",
  "random",
  "pct3",
  "pauses",
  "promptPct10",
] as const

/**
 * Where they know of no order any more that is new, they have one of so many of their turns. A reversal brings about what has not happened after the same past
 * even then.
 */
const SELDOM: Readonly<Record<Searching, number>> = { fewDeviations: 3, reversals: 1 }

/** What a strategy brought in its last turn counts for one of so many parts, all before for the others. */
const LATELY = 2

/** Those that draw keep a part of their turns, whatever comes of them; all of them … */
const MOST_GIVEN_UP = 0.75

/** … where what they bring has been seen, and not all of it together: where each process stands. */
const NEVER_GIVEN_UP = "pauses"

/**
 * Where somebody sends to three or more at once, as who asks for a majority does, two of three schedules are such in which that reaches some of them late; where nobody
 * sends to more than two, each fourth. The very first ones are as everywhere.
 */
const CUT_SHARES = [0, 0, 1 / 4, 2 / 3] as const
const BEFORE_CUTS = 6

/** Of what goes on behind reversals there, such a part is. */
const CUT_RESTS = 0.5

/** What goes on behind reversals, each as often as the others. */
const RESTS = ["pos", "errands", "promptPos", "promptUrw"] as const

/** By how much each schedule that is shorter makes the length shorter that is taken for a long one's. */
const FORGOTTEN = 0.3

/** A strategy for one schedule. */
export interface Assignment {
  readonly name: StrategyName
  readonly strategy: Strategy
}

export class Portfolio {
  readonly #name: StrategyName
  readonly #draw: Draw
  readonly #faults: Omit<FaultPlan, "chances">
  readonly #chances = new FaultChances()
  readonly #orders = new Orders()
  readonly #few: FewDeviations
  readonly #reversals: Reversals
  /** Turns in which there was no new order. */
  readonly #without: Record<Searching, number> = { fewDeviations: 0, reversals: 0 }
  /** Of each that draws, the share of its last schedules in which nothing was new. */
  readonly #seenAgain = new Map<StrategyName, number>()
  readonly #thrift = new Thrift()
  #given = 0
  #drawn = 0
  #longest = 0
  /** To how many somebody has sent at once. */
  #mostReceivers = 0
  #experience: Experience = { decisions: 0, prompt: 0, steps: new Map(), channels: new Map() }

  constructor(name: StrategyName, draw: Draw, faults: Omit<FaultPlan, "chances">) {
    this.#name = name
    this.#draw = draw
    this.#faults = faults
    this.#few = new FewDeviations(draw, this.#orders)
    this.#reversals = new Reversals(draw, this.#orders, () => this.#drawRest())
  }

  next(): Assignment {
    const number = this.#given
    this.#given += 1
    if (this.#name === "mix") return this.#mixed(number)
    if (!isSearching(this.#name)) return this.#make(this.#name)
    return number === 0 ? this.#make("runOn") : (this.#searching(this.#name) ?? this.#make("random"))
  }

  #mixed(number: number): Assignment {
    if (number >= BEFORE_CUTS && this.#isCut(number)) return this.#make("cuts")
    const name = nameOf(number)
    if (name === "drawn") return this.#drawnOrNew(this.#nextDrawn())
    if (isSearching(name)) return this.#searchingAtTimes(name) ?? this.#insteadOf(name)
    return number < FIRST.length ? this.#make(name) : this.#drawnOrNew(name)
  }

  #isCut(number: number): boolean {
    const share = CUT_SHARES[Math.min(this.#mostReceivers, CUT_SHARES.length - 1)] as number
    return Math.floor((number + 1) * share) > Math.floor(number * share)
  }

  #insteadOf(name: Searching): Assignment {
    const other = name === "reversals" ? this.#searchingAtTimes("fewDeviations") : undefined
    return other ?? this.#make(this.#nextDrawn())
  }

  /** Where a strategy brings back what was seen, a reversal has its turn, as often as that has been so lately. */
  #drawnOrNew(name: Drawing): Assignment {
    const isGivenUp = name !== NEVER_GIVEN_UP && this.#draw() < Math.min(this.#seenAgain.get(name) ?? 0, MOST_GIVEN_UP)
    const instead = isGivenUp ? this.#searching("reversals") : undefined
    return instead ?? this.#make(name)
  }

  #nextDrawn(): Drawing {
    this.#drawn += 1
    return DRAWN[(this.#drawn - 1) % DRAWN.length] as (typeof DRAWN)[number]
  }

  /** As long as an order is new always, then seldom. */
  #searchingAtTimes(name: Searching): Assignment | undefined {
    const fresh = name === "reversals" ? this.#reversals.nextFresh() : replayOf(this.#few.nextFresh())
    if (fresh !== undefined) return { name, strategy: fresh }
    this.#without[name] += 1
    return this.#without[name] % SELDOM[name] === 0 ? this.#searching(name) : undefined
  }

  #searching(name: Searching): Assignment | undefined {
    const strategy = name === "reversals" ? this.#reversals.next() : replayOf(this.#few.next())
    return strategy === undefined ? undefined : { name, strategy }
  }

  #drawRest(): Strategy {
    const isCut = this.#mostReceivers > 1 && this.#draw() < CUT_RESTS
    const name = isCut ? "cuts" : (RESTS[below(this.#draw, RESTS.length)] as (typeof RESTS)[number])
    return doingAll(STRATEGIES[name](this.#draw, this.#experience))
  }

  #make(name: Drawing): Assignment {
    const strategy = STRATEGIES[name](this.#draw, this.#experience)
    if (name === "production" || name === "runOn") return { name, strategy: withoutFaults(strategy) }
    const faulty = withFaults(strategy, this.#draw, { ...this.#faults, chances: this.#chances })
    return { name, strategy: doingAll(faulty) }
  }

  /** A schedule was carried out. */
  learn(name: StrategyName, made: Decider, steps: readonly Step[]): void {
    if (this.#faults.asked.length > 0) this.#chances.learn(made)
    if (isSearching(this.#name) || this.#name === "mix") this.#learnOrders(name, made, steps)
    this.#learnLength(made, steps)
    for (const step of steps)
      if (step.sent.length > this.#mostReceivers) this.#mostReceivers = Math.max(this.#mostReceivers, receiversAtOnce(step))
  }

  /** Only who searches needs it. Of what is drawn not all is gone through where that shows nothing new. */
  #learnOrders(name: StrategyName, { decisions, deviations, steps: explored }: Decider, steps: readonly Step[]): void {
    const isDrawn = !isSearching(name) && name !== "runOn"
    if (isDrawn && !this.#thrift.isDue()) return
    this.#orders.add(steps)
    if (name === "fewDeviations" || name === "runOn") this.#few.add({ deviations, decisions, steps })
    const isNew = this.#reversals.add({ decisions, steps, explored }, isDrawn ? "anywhere" : "first")
    if (isDrawn || isNew) this.#thrift.saw(isNew && !(this.#given > LATE && this.#reversals.areEnough))
    const before = this.#seenAgain.get(name) ?? 0
    this.#seenAgain.set(name, before + ((isNew ? 0 : 1) - before) / LATELY)
  }

  #learnLength({ decisions }: Decider, steps: readonly Step[]): void {
    let ofOrder = 0
    let prompt = 0
    for (const { kind, choices } of decisions) {
      if (kind === "operation") continue
      ofOrder += 1
      if (choices.every(isAtOnce)) prompt += 1
    }
    const before = this.#experience
    const isLonger = ofOrder > this.#longest
    if (isLonger) this.#longest = ofOrder
    this.#experience = {
      decisions: horizon(before.decisions, ofOrder),
      prompt: horizon(before.prompt, prompt),
      steps: isLonger ? countsOf(steps, doerOf) : before.steps,
      channels: isLonger ? countsOf(steps, channelOf) : before.channels,
    }
  }
}

/** Of what is decided where answers arrive at once. */
function isAtOnce({ kind }: Choice): boolean {
  return kind !== "fault" && kind !== "reply"
}

/** As long as those that are long; what is far longer than all others is forgotten. */
function horizon(before: number, now: number): number {
  return now > before ? now : Math.ceil(before - (before - now) * FORGOTTEN)
}

function countsOf(steps: readonly Step[], of: (choice: Choice) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { choice } of steps) if (choice !== undefined) counts.set(of(choice), (counts.get(of(choice)) ?? 0) + 1)
  return counts
}

/** Whose turn that schedule is. */
function nameOf(number: number): Drawing | Searching | "drawn" {
  if (number < FIRST.length) return FIRST[number] as (typeof FIRST)[number]
  if (number < SHALLOW) return THEN[(number - FIRST.length) % THEN.length] as (typeof THEN)[number]
  return LATER[(number - SHALLOW) % LATER.length] as (typeof LATER)[number]
}

function isSearching(name: string): name is Searching {
  return name === "fewDeviations" || name === "reversals"
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
    went: strategy.went?.bind(strategy),
  }
}

function replayOf(deviations: ConstructorParameters<typeof Replay>[0] | undefined): Replay | undefined {
  return deviations === undefined ? undefined : new Replay(deviations)
}

function withoutFaults(strategy: Strategy): Strategy {
  return { choose: (decision) => (decision.kind === "step" ? strategy.choose(decision) : decision.base) }
}
