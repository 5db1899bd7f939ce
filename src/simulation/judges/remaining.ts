/**
 * Which of what was done has its place in an order already, and what may come next: it, and between which moments of the clock.
 *
 * Invariants
 * - Nothing comes behind an answer that was given before it was asked for.
 * - What is about parts that have nothing to do with each other may stand in any order. So, of all that could come next, only what has to do with what was
 *   answered first, directly or by something between them: whatever cannot come yet was asked behind that answer, and the others can wait.
 * - A moment is not before the asks of what has taken effect on the same parts, and not behind the answers of what has not.
 *
 * Source  That choice is a persistent set: Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems" (1996).
 */

import type { Occurrence, Span } from "./occurrence.ts"

/** An occurrence, and what it is about. */
export interface Item<Call> {
  readonly occurrence: Occurrence<Call>
  /** Its place, in the order of asking: among those that are certain, or among those that are not. */
  readonly place: number
  readonly parts: readonly Part<Call>[]
  isTaken: boolean
}

/** What could come next, that which was answered first before others: most services do things in the order in which they answer. */
export interface Upcoming<Call> {
  readonly certain: readonly Item<Call>[]
  readonly possible: readonly Item<Call>[]
}

export class Remaining<Call> {
  readonly #certain: readonly Item<Call>[]
  readonly #possible: readonly Item<Call>[]
  readonly #parts = new Map<string, Part<Call>>()
  /** All certain ones before this place have taken effect. */
  #first = 0
  /** How many of the certain ones have. */
  #count = 0
  /** Which of the others have: a bit each. */
  possibleTaken = 0n

  /** `partsOf`: what one is about, `undefined` where all have to do with all. */
  constructor(occurrences: readonly Occurrence<Call>[], partsOf: ((call: Call) => readonly string[]) | undefined) {
    const sorted = occurrences.toSorted((one, other) => one.asked - other.asked)
    const item = (occurrence: Occurrence<Call>, place: number): Item<Call> => {
      const parts = (partsOf?.(occurrence.call) ?? [WHOLE]).map((name) => this.#part(name))
      return { occurrence, place, parts, isTaken: false }
    }
    this.#certain = sorted.filter(({ isCertain }) => isCertain).map(item)
    this.#possible = sorted.filter(({ isCertain }) => !isCertain).map(item)
    for (const each of this.#certain) for (const part of each.parts) part.add(each)
    for (const part of this.#parts.values()) part.sort()
  }

  #part(name: string): Part<Call> {
    const known = this.#parts.get(name) ?? new Part<Call>(name)
    this.#parts.set(name, known)
    return known
  }

  /** Whether all has its place that has taken effect for certain. */
  get isDone(): boolean {
    return this.#first === this.#certain.length
  }

  take(item: Item<Call>): void {
    item.isTaken = true
    for (const part of item.parts) part.took(item)
    if (!item.occurrence.isCertain) {
      this.possibleTaken |= bitOf(item)
      return
    }
    this.#count += 1
    while (this.#certain[this.#first]?.isTaken === true) this.#first += 1
  }

  /** The one that was taken last has no place any more. */
  giveBack(item: Item<Call>): void {
    item.isTaken = false
    for (const part of item.parts) part.gaveBack(item)
    if (!item.occurrence.isCertain) {
      this.possibleTaken ^= bitOf(item)
      return
    }
    this.#count -= 1
    this.#first = Math.min(this.#first, item.place)
  }

  /** Which of the certain ones have taken effect. They stand close together, so few have to be named. */
  get certainTaken(): string {
    let key = `${this.#first}`
    let left = this.#count - this.#first
    for (let place = this.#first + 1; left > 0; place += 1) {
      if (this.#certain[place]?.isTaken !== true) continue
      key += `,${place}`
      left -= 1
    }
    return key
  }

  /** When it may take effect. */
  windowOf({ occurrence, parts }: Item<Call>): Span {
    let from = occurrence.askedAt
    let to = occurrence.answeredAt
    for (const { since, until } of parts) {
      from = Math.max(from, since)
      to = Math.min(to, until)
    }
    return { from, to }
  }

  /** Whether nothing else can come at an earlier moment for it. */
  isLate({ occurrence, parts }: Item<Call>): boolean {
    return parts.every(({ since }) => since >= occurrence.askedAt)
  }

  next(): Upcoming<Call> {
    const certain: Item<Call>[] = []
    let until = Number.POSITIVE_INFINITY
    for (let place = this.#first; place < this.#certain.length; place += 1) {
      const item = this.#certain[place] as Item<Call>
      if (item.occurrence.asked > until) break
      if (item.isTaken) continue
      certain.push(item)
      until = Math.min(until, item.occurrence.answered)
    }
    if (certain.length > 1) certain.sort((one, other) => one.occurrence.answered - other.occurrence.answered)
    const possible: Item<Call>[] = []
    for (const item of this.#possible) {
      if (item.occurrence.asked > until) break
      if (!item.isTaken) possible.push(item)
    }
    return this.#parts.size < 2 ? { certain, possible } : connected(certain, possible)
  }
}

const WHOLE = ""

const bitOf = ({ place }: { readonly place: number }): bigint => 1n << BigInt(place)

/** What has to do with the first of them. */
function connected<Call>(certain: readonly Item<Call>[], possible: readonly Item<Call>[]): Upcoming<Call> {
  const reached = new Set(certain[0]?.parts)
  const isReached = ({ parts }: Item<Call>): boolean => parts.some((part) => reached.has(part))
  const joining = [...certain, ...possible].filter(({ parts }) => parts.length > 1)
  for (let before = 0; before < reached.size; ) {
    before = reached.size
    for (const item of joining) if (isReached(item)) for (const part of item.parts) reached.add(part)
  }
  return { certain: certain.filter(isReached), possible: possible.filter(isReached) }
}

/** What some of it is about. */
class Part<Call> {
  readonly name: string
  /** Those that are certain, in the order of the clock at their answers. */
  #byAnswer: Item<Call>[] = []
  readonly #ranks = new Map<Item<Call>, number>()
  /** All before this place have taken effect. */
  #first = 0
  /** The latest ask, after each of those that have taken effect. */
  readonly #asks: number[] = [Number.NEGATIVE_INFINITY]

  constructor(name: string) {
    this.name = name
  }

  add(item: Item<Call>): void {
    this.#byAnswer.push(item)
  }

  sort(): void {
    this.#byAnswer.sort((one, other) => one.occurrence.answeredAt - other.occurrence.answeredAt || one.place - other.place)
    for (const [rank, item] of this.#byAnswer.entries()) this.#ranks.set(item, rank)
  }

  /** Nothing takes effect on it any more before that moment. */
  get since(): number {
    return this.#asks.at(-1) as number
  }

  /** Of those that are left, what is certain takes effect by then. */
  get until(): number {
    return this.#byAnswer[this.#first]?.occurrence.answeredAt ?? Number.POSITIVE_INFINITY
  }

  took(item: Item<Call>): void {
    this.#asks.push(Math.max(this.since, item.occurrence.askedAt))
    while (this.#byAnswer[this.#first]?.isTaken === true) this.#first += 1
  }

  gaveBack(item: Item<Call>): void {
    this.#asks.pop()
    this.#first = Math.min(this.#first, this.#ranks.get(item) ?? this.#first)
  }
}
