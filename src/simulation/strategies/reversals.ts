/**
 * Schedules that were carried out, but for two things that happened to one process in one order, and could have in the other. However many deviations from
 * the base order it takes, such a reversal is one schedule; and what differs by nothing else than the order of things that have nothing to do with one
 * another is one.
 *
 * Invariant: what has happened to a process after the same past is not brought about again.
 *
 * Source  Flanagan and Godefroid, "Dynamic partial-order reduction for model checking software" (2005). Ours is no proof: it takes them in an order that is
 *         drawn, first those of which no schedule has had the like, and last those that are the same for another round of what goes round in a circle, and
 *         those of two messages that name different things, as two keys; among those of a kind rather the order that was reversed seldom, and of those that are drawn
 *         that of two things that were far apart, and are not the same operation. Where there are more than it can try, what comes behind them is drawn, mostly.
 */

import { inBaseOrder, type Strategy } from "../schedule/decider.ts"
import type { Choice, Step } from "../schedule/step.ts"
import { type CalledOff, Causality, type Course, type Lost, type Shown } from "./causality.ts"
import { Guided } from "./guided.ts"
import { NumberSet } from "./number-set.ts"
import type { Before, Orders } from "./orders.ts"
import { Rounds } from "./rounds.ts"
import { below, type Draw, takeOff } from "./strategies.ts"
import type { Happening } from "./words.ts"

/** What comes to a process because another ends, or it does itself, where it is no message: that has its place. */
const IN_PLACE: ReadonlySet<string> = new Set(["exit", "detach", "left"])

/** What is kept for later, and what is known to have happened, at most. */
export const MOST_REVERSALS = 20_000
const MOST_KNOWN = 500_000

/** So often it goes on from what has come about last: what takes several reversals is found behind one another. */
const NEWEST = 0.6

/** It takes one of so many. */
const AMONG = 6

/**
 * The farther apart two things were, the more comes between what happens otherwise in the other order: each step counts. That an order was reversed before counts for so
 * many steps less, each time; so does it where both are the same operation, which mostly does the same in either order.
 */
const REVERSED_BEFORE = 8
const SAME_OPERATION = 10

/** Where more of them are kept than so many for each schedule that was learned of, there are more than can be tried: … */
const MANY = 10

/** More than so many are not tried. */
const ENOUGH = 100

/** … what comes behind such a one is drawn so often, and neither the base order nor that of the schedule that it is of. */
const DRAWN_RESTS = 2 / 3

/** The schedules of which reversals are kept have so many steps at most, all together: while they have, those of others are let go. */
export const MOST_STEPS = 100_000

/** Where what a schedule shows stands among all that is kept. */
export type Place = "first" | "anywhere"

/** A schedule of which reversals are kept: so many. */
interface Source {
  readonly course: Course
  readonly place: Place
  kept: number
}

/** A schedule that is gone through. */
interface Seen {
  readonly source: Source
  readonly causality: Causality
  readonly steps: readonly Step[]
  /** Of its steps, as `Orders` numbers them finely. */
  readonly numbers: readonly number[]
  readonly rounds: Rounds
}

/** `later` is to happen before `earlier`, and so is what it follows from, which is what its `sender` does. */
interface Reversal {
  readonly of: Source
  readonly earlier: number
  readonly later: Happening
  readonly sender: number | undefined
  readonly order: Before
  /** By how many steps the later one comes earlier; less where both are the same operation. */
  readonly reach: number
  /** That after that past of its actor's. */
  readonly key: number
  /** It is a timer that was called off: what it brings about is not known, and its process goes on from that. */
  readonly isCalledOff?: true
  /** It shows hardly anything new: it is the same as others, for another round, or of two things that have little to do with one another. */
  readonly comesLast?: boolean
}

export class Reversals {
  readonly #draw: Draw
  readonly #orders: Orders
  /** What has happened to somebody, after what past. */
  readonly #known = new NumberSet()
  /** Of that, what was gone through for what it could have come before. */
  readonly #gone = new NumberSet()
  readonly #fresh: Reversal[] = []
  readonly #others: Reversal[] = []
  readonly #last: Reversal[] = []
  /** By order: how often it was reversed. */
  readonly #times = new Map<number, number>()
  readonly #drawRest: () => Strategy
  /** Of the schedules of which reversals are kept. */
  #steps = 0
  #learned = 0

  /** `orders`: what all schedules have had. `drawRest`: what could go on behind a reversal. */
  constructor(draw: Draw, orders: Orders, drawRest: () => Strategy = () => inBaseOrder) {
    this.#draw = draw
    this.#orders = orders
    this.#drawRest = drawRest
  }

  /** What is kept. */
  get size(): { readonly reversals: number; readonly steps: number } {
    return { reversals: this.#kept, steps: this.#steps }
  }

  /**
   * A schedule was carried out, by whatever strategy. What it can be gone on from with is kept as the newest (`first`), or stands `anywhere` among the others:
   * what is drawn comes between otherwise, where several reversals behind one another are on their way. Gives whether something in it has never happened after
   * that past.
   */
  add(shown: Shown, place: Place = "first"): boolean {
    this.#learned += 1
    if (this.#known.size >= MOST_KNOWN) return true
    const causality = new Causality(shown, this.#orders.spellingsOf(shown.steps))
    const { pasts, events } = causality
    let isNew = false
    for (let at = 0; at < causality.length; at += 1) if (this.#known.add(keyOf(pasts[at] as number, events[at] as number))) isNew = true
    if (this.#steps + causality.length > MOST_STEPS) return isNew
    if (!this.#isFull) this.#goThrough(causality, shown.steps, place)
    return isNew
  }

  /** What came after a past after which it has come before could come earlier then as well: that is kept, or was given. */
  #goThrough(causality: Causality, steps: readonly Step[], place: Place): void {
    const { pasts, events } = causality
    let known: Seen | undefined
    // In most of those that show nothing new, all has been gone through before.
    const seen = (): Seen => {
      known ??= this.#seen(causality, steps, place)
      return known
    }
    for (const each of causality.calledOff) this.#addCalledOff(seen(), each)
    for (const each of causality.lost) this.#addLost(seen(), each)
    for (const line of causality.linesOf.values()) {
      for (let at = 1; at < line.length; at += 1) {
        const later = line[at] as number
        const key = keyOf(pasts[later] as number, events[later] as number)
        if (this.#gone.has(key)) continue
        if (!canComeEarlier(steps, later, causality) || this.#addBefore(seen(), line, at)) this.#gone.add(key)
      }
    }
  }

  #seen(causality: Causality, steps: readonly Step[], place: Place): Seen {
    const { happenings, reasons } = causality
    const numbers = this.#orders.numbersOf(steps, "fine")
    return { source: { course: { happenings, reasons }, place, kept: 0 }, causality, steps, numbers, rounds: new Rounds(steps, causality) }
  }

  /**
   * What has that place in a line could have happened before each of those before it that it does not follow from. Gives whether that is all: before one of them it
   * could not come in this schedule, and may in another.
   */
  #addBefore({ source, causality, steps, numbers, rounds }: Seen, line: readonly number[], place: number): boolean {
    const later = line[place] as number
    let isAll = true
    for (let before = place - 1; before >= 0; before -= 1) {
      const earlier = line[before] as number
      if (isBeginning(steps, earlier, causality) || causality.isSentAfter(later, earlier)) return isAll
      if (!isReversible(steps, earlier, causality) || isOfOneSender(steps[earlier], steps[later])) continue
      if (this.#isFull || !couldCome(causality, steps, later, earlier)) {
        isAll = false
        continue
      }
      const key = keyOf(causality.pasts[earlier] as number, causality.events[later] as number)
      if (this.#known.has(key)) continue
      const order: Before = [numbers[later] as number, numbers[earlier] as number]
      this.#keep({
        of: source,
        earlier,
        later: causality.happenings[later] as Happening,
        sender: causality.senderOf(later),
        order,
        reach: reachOf(steps, later, earlier),
        key,
        comesLast: rounds.isAnother(later, earlier) || areApart(steps[later], steps[earlier]),
      })
    }
    return isAll
  }

  /** What came too late for who has ended could have come before. That it comes before some end is nothing new; before this one it is. */
  #addLost({ source, causality: { pasts, happenings } }: Seen, { happening, sender, end, cause, event }: Lost): void {
    const key = keyOf(pasts[end] as number, event)
    if (this.#known.has(key) || this.#isFull) return
    const words = `end by ${happenings[cause]?.words}`
    const order: Before = [this.#orders.numberOf(happening), this.#orders.numberOf({ words, count: 1 })]
    this.#keep({ of: source, earlier: cause, later: happening, sender, order, reach: end + 1 - cause, key })
  }

  /** Who has called a timer off could have been too late for it. */
  #addCalledOff({ source, numbers, causality: { pasts } }: Seen, { happening, sender, before, cause, event }: CalledOff): void {
    const key = keyOf(pasts[before] as number, event)
    if (this.#known.has(key) || this.#isFull) return
    const order: Before = [this.#orders.numberOf(happening), numbers[before] as number]
    this.#keep({ of: source, earlier: cause, later: happening, sender, order, reach: before + 1 - cause, key, isCalledOff: true })
  }

  get #isFull(): boolean {
    return this.#kept >= MOST_REVERSALS
  }

  get #kept(): number {
    return this.#fresh.length + this.#others.length + this.#last.length
  }

  #keep(reversal: Reversal): void {
    const list = reversal.comesLast ? this.#last : this.#orders.isNew(reversal.order) ? this.#fresh : this.#others
    list.push(reversal)
    if (reversal.of.place === "anywhere" || reversal.isCalledOff) mixIn(list, this.#draw)
    if (reversal.of.kept === 0) this.#steps += reversal.of.course.happenings.length
    reversal.of.kept += 1
  }

  /** Takes one off the list, the newest or one that is drawn; `undefined` where that has been brought about already. */
  #take(list: Reversal[]): Reversal | undefined {
    const reversal = this.#draw() < NEWEST ? this.#takeNewest(list) : this.#takeDrawn(list)
    reversal.of.kept -= 1
    if (reversal.of.kept === 0) this.#steps -= reversal.of.course.happenings.length
    return this.#known.has(reversal.key) ? undefined : reversal
  }

  /** Of the last ones the one of an order that was reversed least often, and of equals the last. */
  #takeNewest(list: Reversal[]): Reversal {
    let best = list.length - 1
    for (let at = best - 1; at >= 0 && at > list.length - 1 - AMONG; at -= 1)
      if (this.#timesOf(list[at] as Reversal) < this.#timesOf(list[best] as Reversal)) best = at
    return list.splice(best, 1)[0] as Reversal
  }

  /** The one that promises the most. */
  #takeDrawn(list: Reversal[]): Reversal {
    let best = below(this.#draw, list.length)
    for (let time = 1; time < AMONG; time += 1) {
      const at = below(this.#draw, list.length)
      if (this.#promisesMore(list[at] as Reversal, list[best] as Reversal)) best = at
    }
    return takeOff(list, best)
  }

  #promisesMore(one: Reversal, other: Reversal): boolean {
    return one.reach - REVERSED_BEFORE * this.#timesOf(one) > other.reach - REVERSED_BEFORE * this.#timesOf(other)
  }

  #timesOf({ order }: Reversal): number {
    return this.#times.get(numberOf(order)) ?? 0
  }

  /** The next one that has an order which none has had; `undefined` where none is known. */
  nextFresh(): Guided | undefined {
    while (this.#fresh.length > 0) {
      const reversal = this.#take(this.#fresh)
      if (reversal === undefined) continue
      if (this.#orders.isNew(reversal.order)) return this.#give(reversal)
      this.#keep(reversal)
    }
    return undefined
  }

  /** The next one; `undefined` where none is known. */
  next(): Guided | undefined {
    const fresh = this.nextFresh()
    if (fresh !== undefined) return fresh
    for (const list of [this.#others, this.#last]) {
      while (list.length > 0) {
        const reversal = this.#take(list)
        if (reversal !== undefined) return this.#give(reversal)
      }
    }
    return undefined
  }

  #give(reversal: Reversal): Guided {
    this.#known.add(reversal.key)
    this.#orders.see(reversal.order)
    if (this.#times.size < MOST_KNOWN) this.#times.set(numberOf(reversal.order), this.#timesOf(reversal) + 1)
    if (this.#isEndless && this.#draw() < DRAWN_RESTS) return new Guided(wantedFor(reversal, false), this.#drawRest())
    return new Guided(wantedFor(reversal, this.#draw() < 0.5 && !reversal.isCalledOff))
  }

  /** What is drawn brings more of them than will be tried. */
  get areEnough(): boolean {
    return this.#kept > ENOUGH
  }

  get #isEndless(): boolean {
    return this.#kept > MANY * this.#learned
  }
}

/** All before the earlier one, what the later one follows from, and that; then, where it is to go on like that, all the rest. */
function wantedFor({ of: { course: of }, earlier, later, sender }: Reversal, goesOn: boolean): readonly Happening[] {
  const isBefore = (at: number): boolean => at < earlier || (sender !== undefined && of.reasons.follows(sender, at))
  const before = of.happenings.filter((_happening, at) => isBefore(at))
  const rest = goesOn ? of.happenings.filter((happening, at) => happening !== later && !isBefore(at)) : []
  return [...before, later, ...rest]
}

/** The last one changes its place with any. */
function mixIn<Item>(items: Item[], draw: Draw): void {
  const at = below(draw, items.length)
  const last = items.length - 1
  const item = items[at] as Item
  items[at] = items[last] as Item
  items[last] = item
}

/** Its own end can come earlier as well, where it is known who has told it to. */
function canComeEarlier(steps: readonly Step[], at: number, causality: Causality): boolean {
  if (isReversible(steps, at, causality)) return true
  return steps[at]?.choice?.what === "exit" && !causality.isOfMessage(at) && causality.senderOf(at) !== undefined
}

/** Nothing comes before a start, and what did not come before an end is lost; how a fault falls earlier is not known. */
function isBeginning(steps: readonly Step[], at: number, causality: Causality): boolean {
  const { choice } = steps[at] ?? {}
  return choice === undefined || choice.kind === "start" || (choice.what === "exit" && !isReversible(steps, at, causality))
}

/**
 * A start and an end are not, nor is what the runtime puts into a process's own inbox, which comes before all others, or tells it of who has given it back: another
 * thing may pass those. A message of somebody's is one, however it is called.
 */
function isReversible(steps: readonly Step[], at: number, causality: Causality): boolean {
  const { choice } = steps[at] ?? {}
  if (choice === undefined || choice.kind === "start") return false
  if (choice.kind !== "message" || causality.isOfMessage(at)) return true
  const { what, from, actor } = choice
  return !IN_PLACE.has(what) && !(what === "signal" && from === actor)
}

/** Whether the later one could have come when the earlier one did: it was a choice, or had not been sent; who waits for an answer comes to no message. */
function couldCome(causality: Causality, steps: readonly Step[], later: number, earlier: number): boolean {
  const choice = steps[later]?.choice as Choice
  if (causality.wasOpen(choice, earlier)) return true
  const isBusy = choice.kind === "message" && steps[earlier]?.choice?.kind === "reply"
  return !isBusy && !causality.wasSent(later, earlier)
}

function isOfOneSender(one: Step | undefined, other: Step | undefined): boolean {
  return one?.choice?.from === other?.choice?.from && one?.choice?.kind === other?.choice?.kind
}

/** Whether they name different things: what they bring about is mostly the same then in either order. A guess. */
function areApart(one: Step | undefined, other: Step | undefined): boolean {
  const about = one?.choice?.about
  const otherAbout = other?.choice?.about
  return about !== undefined && otherAbout !== undefined && about !== otherAbout
}

function reachOf(steps: readonly Step[], later: number, earlier: number): number {
  const isSame = steps[later]?.choice?.what === steps[earlier]?.choice?.what
  return later - earlier - (isSame ? SAME_OPERATION : 0)
}

function numberOf([earlier, later]: Before): number {
  return earlier * 2 ** 22 + later
}

function keyOf(past: number, event: number): number {
  return past * 2 ** 21 + (event % 2 ** 21)
}
