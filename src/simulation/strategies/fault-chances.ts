/**
 * Where faults of each kind could have fallen in the schedules before, and whom they could have befallen: a message comes five hundred times where a start
 * comes five times, and who draws among all chances together hardly ever draws a start.
 */

import type { Decided, Deviation } from "../schedule/decider.ts"
import type { Choice, FaultKind } from "../schedule/step.ts"
import { below, type Draw } from "./strategies.ts"

/** Whom one of a kind is to befall, at what, and at which of the chances that it has there, from 0. */
export interface FaultPlace {
  readonly kind: FaultKind
  /** `undefined`: whoever it may be, at whatever. */
  readonly actor: string | undefined
  readonly moment: string | undefined
  readonly after: number
}

/** A fault that fell. */
interface Fallen {
  readonly kind: FaultKind
  readonly actor: string
}

/** What is known of a kind at a moment of somebody's, or of all of it. */
interface Chances {
  readonly actor: string | undefined
  readonly moment: string | undefined
  /** How many a schedule has that has any. */
  count: number
  /** Of how many schedules that is a part, from 0 to 1: hardly of any at first, as who is seen once may have another name each time. */
  share: number
  /** The fault that they came of; `undefined` where they come without any. */
  reason: Fallen | undefined
}

interface OfKind {
  readonly all: Chances
  /** By whom they concern, and by the moment. */
  readonly places: Map<string, Map<string | undefined, Chances>>
}

/** Of so many places of a kind is kept what is known; what has been seen least lately makes room. */
const MOST_KEPT = 500

/** Where nothing is known of a kind, it falls at one of so many chances, at the first ones most often. */
const FIRST_GUESS = 30

/** By how much each schedule changes the number that one is taken to have. */
const NEWS = 0.3

/** Of how many schedules what was seen once is taken to be a part. */
const FIRST_SHARE = 0.05

/** So often it is taken to have twice as many: some have. */
const MORE = 0.1

/** Where so many or fewer can be befallen, each of them has a part of the chances that is large enough. */
const FEW = 4

/** Decided each for itself, and not at a place that is drawn before. */
export const ASIDE: ReadonlySet<string> = new Set<FaultKind>(["inbox_full", "small_inbox", "small_sweep"])

export class FaultChances {
  readonly #known = new Map<string, { readonly all: Chances; readonly places: Chances[] }>()

  /** A schedule was carried out. */
  learn({ decisions, deviations }: { readonly decisions: readonly Decided[]; readonly deviations: readonly Deviation[] }): void {
    const seen = new Map<string, OfKind>()
    const fallen = new Set<string>()
    const chosen = new Map(deviations.map(({ at, choice }) => [at, choice]))
    let last: Fallen | undefined
    for (let at = 0; at < decisions.length; at += 1) {
      const { kind, choices } = decisions[at] as Decided
      if (kind !== "fault" || ASIDE.has(choices[1]?.what as string)) continue
      count(seen, choices, last)
      const fault = choices[chosen.get(at) ?? 0] as Choice
      if (fault === choices[0]) continue
      last = { kind: fault.what as FaultKind, actor: fault.actor }
      fallen.add(fault.what)
    }
    for (const [kind, { places }] of this.#known) if (!fallen.has(kind)) for (const each of places) each.share *= 1 - NEWS
    for (const [kind, each] of seen) this.#add(kind, each, fallen.has(kind))
  }

  /** `isCut`: one of that kind has fallen, and there would have been more chances had it not. */
  #add(kind: string, { all, places }: OfKind, isCut: boolean): void {
    const known = this.#known.get(kind)
    if (known === undefined) {
      this.#known.set(kind, { all, places: placesIn(places).slice(0, MOST_KEPT) })
      return
    }
    correct(known.all, all, isCut)
    for (const before of known.places) {
      const moments = places.get(before.actor as string)
      const now = moments?.get(before.moment)
      if (now === undefined) continue
      correct(before, now, isCut)
      moments?.delete(before.moment)
    }
    known.places.push(...placesIn(places))
    if (known.places.length > MOST_KEPT) known.places.sort((one, other) => other.share - one.share).length = MOST_KEPT
  }

  /**
   * Where one of that kind could fall: each chance as likely as any other. The more there are whom it can befall, the more often who it is comes first, each as
   * likely, however little that one has to do, and then of what moment.
   */
  draw(kind: FaultKind, draw: Draw): FaultPlace {
    const known = this.#known.get(kind)
    if (known === undefined) return { kind, actor: undefined, moment: undefined, after: Math.floor(FIRST_GUESS ** draw()) - 1 }
    const shares = new Map<string, number>()
    for (const { actor, share } of known.places) shares.set(actor as string, Math.max(shares.get(actor as string) ?? 0, share))
    let many = 0
    for (const share of shares.values()) many += share
    if (draw() < FEW / many) return placeOf(kind, known.all, draw)
    const [actor] = drawnBy([...shares], ([, share]) => share, draw)
    return this.drawFor({ kind, actor }, draw)
  }

  /** Where one can fall that is to befall somebody. */
  drawFor({ kind, actor }: Fallen, draw: Draw): FaultPlace {
    const own = (this.#known.get(kind)?.places ?? []).filter((each) => each.actor === actor)
    if (own.length === 0) return { kind, actor, moment: undefined, after: 0 }
    const isByCount = draw() < 0.5
    return placeOf(
      kind,
      drawnBy(own, ({ count, share }) => (isByCount ? count * share : share), draw),
      draw,
    )
  }

  /** The fault without which it has no chance there, as far as is known. */
  reasonOf({ kind, actor, moment }: FaultPlace): Fallen | undefined {
    const known = this.#known.get(kind)
    const place = actor === undefined ? known?.all : known?.places.find((each) => each.actor === actor && each.moment === moment)
    return place?.reason
  }
}

function placeOf(kind: FaultKind, { actor, moment, count }: Chances, draw: Draw): FaultPlace {
  return { kind, actor, moment, after: below(draw, Math.ceil(draw() < MORE ? 2 * count : count)) }
}

function placesIn(places: OfKind["places"]): Chances[] {
  return [...places.values()].flatMap((moments) => [...moments.values()])
}

/** By what a schedule has shown. */
function correct(before: Chances, now: Chances, isCut: boolean): void {
  if (!isCut) before.share += NEWS
  if (now.count > before.count || !isCut) before.count += (now.count - before.count) * NEWS
  if (now.reason === undefined) before.reason = undefined
}

/** One decision: each kind has one chance more, and so has each moment of somebody's that it concerns. */
function count(seen: Map<string, OfKind>, choices: readonly Choice[], reason: Fallen | undefined): void {
  for (let index = 1; index < choices.length; index += 1) {
    const { what, actor, about: moment } = choices[index] as Choice
    const isRepeated = (since: (other: Choice) => boolean): boolean => {
      for (let before = 1; before < index; before += 1) if (since(choices[before] as Choice)) return true
      return false
    }
    const of = inMap(seen, what, () => ({ all: newChances(undefined, undefined, reason), places: new Map() }))
    if (!isRepeated((other) => other.what === what)) of.all.count += 1
    // As of two answers that are under way to one.
    if (isRepeated((other) => other.what === what && other.actor === actor && other.about === moment)) continue
    const moments = inMap(of.places, actor, () => new Map<string | undefined, Chances>())
    inMap(moments, moment, () => newChances(actor, moment, reason)).count += 1
  }
}

function newChances(actor: string | undefined, moment: string | undefined, reason: Fallen | undefined): Chances {
  return { actor, moment, count: 0, share: FIRST_SHARE, reason }
}

function drawnBy<Item>(items: readonly Item[], weigh: (item: Item) => number, draw: Draw): Item {
  let left = draw() * items.reduce((sum, each) => sum + weigh(each), 0)
  for (const each of items) {
    left -= weigh(each)
    if (left < 0) return each
  }
  return items.at(-1) as Item
}

function inMap<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
