/**
 * Which of two things was seen to come before the other with one process: what a search has tried, told so coarsely that there is an end to it. Things
 * are known by their words (who, from whom, what), finely or coarsely: by fine ones the first of its kind is told from those after it.
 *
 * It is no proof that all was tried: two orders that were seen apart may do harm together.
 */

import type { Choice, Fault, Step } from "../schedule/step.ts"

/** So many steps of a schedule are looked at. */
export const MOST_EVENTS = 300

/** So many things are told apart; beyond that, some are taken for others. */
const MOST_WORDS = 2 ** 20

/** So many orders are kept; beyond that, none is new. */
const MOST_ORDERS = 1_000_000

/** Two numbers: the first thing comes before the second. */
export type Before = readonly [number, number]

/** `coarse`: all of a kind are one thing. `fine`: the first is another than those after it. */
export type Grain = "coarse" | "fine"

export class Orders {
  readonly #numbers = new Map<string, number>()
  readonly #seen = new Set<number>()

  isNew([earlier, later]: Before): boolean {
    return this.#seen.size < MOST_ORDERS && !this.#seen.has(earlier * MOST_WORDS + later)
  }

  see([earlier, later]: Before): void {
    if (this.#seen.size < MOST_ORDERS) this.#seen.add(earlier * MOST_WORDS + later)
  }

  /** A schedule was carried out. */
  add(steps: readonly Step[]): void {
    const looked = steps.length > MOST_EVENTS ? steps.slice(0, MOST_EVENTS) : steps
    const coarse = this.numbersOf(looked, "coarse")
    this.#seeAll(looked, coarse)
    this.#seeAll(looked, this.numbersOf(looked, "fine"))
    const last = new Map<string, number>()
    for (const [index, step] of looked.entries()) {
      const actor = whose(step)
      if (step.fault !== undefined) this.see(this.faultAfter(last.get(actor), step.fault))
      last.set(actor, coarse[index] as number)
    }
  }

  #seeAll(steps: readonly Step[], numbers: readonly number[]): void {
    const before = new Map<string, Set<number>>()
    for (const [index, step] of steps.entries()) {
      const number = numbers[index] as number
      const known = before.get(whose(step)) ?? new Set()
      for (const earlier of known) this.see([earlier, number])
      before.set(whose(step), known.add(number))
    }
  }

  /** The number of each of them. */
  numbersOf(steps: readonly Step[], grain: Grain): readonly number[] {
    const known = new Set<string>()
    return steps.map(({ choice, fault }) => {
      const words = choice === undefined ? faultWords(fault) : wordsOf(choice)
      if (grain === "coarse") return this.#numberOf(words)
      const isFirst = !known.has(words)
      known.add(words)
      return this.#numberOf(isFirst ? `first ${words}` : `another ${words}`)
    })
  }

  /** That the one comes before the other, whatever comes of it. */
  pair(earlier: Choice, later: Choice): Before {
    return [this.#numberOf(wordsOf(earlier)), this.#numberOf(wordsOf(later))]
  }

  /** That somebody is befallen right after what it did last. */
  faultAfter(last: number | undefined, fault: Pick<Fault, "kind" | "actor">): Before {
    return [last ?? this.#numberOf(""), this.#numberOf(`at once ${faultWords(fault)}`)]
  }

  #numberOf(words: string): number {
    const known = this.#numbers.get(words)
    if (known !== undefined) return known
    const number = this.#numbers.size % MOST_WORDS
    if (this.#numbers.size < MOST_WORDS) this.#numbers.set(words, number)
    return number
  }
}

/** Whom a step is of. */
export function whose({ choice, fault }: Step): string {
  return choice?.actor ?? fault?.actor ?? ""
}

export function wordsOf({ kind, actor, from, what }: Choice): string {
  return `${kind} ${actor} ${from} ${what}`
}

/** A crash and a kill are one: what matters most is when. */
function faultWords(fault: Pick<Fault, "kind" | "actor"> | undefined): string {
  return `fault ${fault?.kind === "kill" ? "crash" : fault?.kind} ${fault?.actor}`
}
