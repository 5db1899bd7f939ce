/**
 * Which of two things was seen to come before the other with one process: what a search has tried, told so coarsely that there is an end to it. Things
 * are known by their words (who, from whom, what), finely or coarsely: by fine ones the first of its kind is told from those after it.
 *
 * It is no proof that all was tried: two orders that were seen apart may do harm together.
 */

import type { Choice, Fault, Step } from "../schedule/step.ts"
import { Places } from "./places.ts"
import { type Spelling, spellingsOf, words } from "./words.ts"

/** So many steps of a schedule are looked at. */
export const MOST_EVENTS = 300

/** So many things are told apart; beyond that, some are taken for others. */
const MOST_WORDS = 2 ** 20

/** So many orders are kept; beyond that, none is new. */
const MOST_ORDERS = 1_000_000

/** Of each thing: all of its kind, the first of them, those after it. */
const NUMBERS_OF_ONE = 3

/** A schedule, by numbers. */
interface Numbered {
  readonly steps: readonly Step[]
  readonly spellings: readonly (Spelling | undefined)[]
  readonly numbers: readonly number[]
}

/** Two numbers: the first thing comes before the second. */
export type Before = readonly [number, number]

/** `coarse`: all of a kind are one thing. `fine`: the first is another than those after it. */
export type Grain = "coarse" | "fine"

/** So many beginnings of what processes go through are kept. */
const MOST_LINES = 20_000

/** What a process has gone through: a beginning. What it has shown is known, whoever goes through it again. */
interface Line {
  readonly kinds: readonly number[]
  /** Those that came more than once. */
  readonly repeated: readonly number[]
  readonly last: number | undefined
  /** By what comes next; of most nothing does. */
  next: Map<number, Line> | undefined
}

export class Orders {
  readonly #numbers = new Map<string, number>()
  /** The same, by the indices of spellings. */
  readonly #byIndex: (number | undefined)[] = []
  /** By the earlier one. */
  readonly #seen = new Map<number, Set<number>>()
  #size = 0
  readonly #nothing: Line = { kinds: [], repeated: [], last: undefined, next: undefined }
  #lines = 0
  /** The last ones that were numbered: each who learns of a schedule asks for them. */
  #numbered: Numbered = { steps: [], spellings: [], numbers: [] }

  isNew([earlier, later]: Before): boolean {
    return this.#size < MOST_ORDERS && this.#seen.get(earlier)?.has(later) !== true
  }

  see([earlier, later]: Before): void {
    this.#see(earlier, later)
  }

  #see(earlier: number, later: number): void {
    if (this.#size >= MOST_ORDERS) return
    const known = this.#seen.get(earlier) ?? new Set()
    if (known.size === 0) this.#seen.set(earlier, known)
    const before = known.size
    this.#size += known.add(later).size - before
  }

  /** A schedule was carried out. */
  add(steps: readonly Step[]): void {
    const numbers = this.numbersOf(steps, "coarse")
    const lines = new Map<string, Line>()
    for (let index = 0; index < Math.min(steps.length, MOST_EVENTS); index += 1) {
      const step = steps[index] as Step
      const actor = whose(step)
      const line = lines.get(actor) ?? this.#nothing
      if (step.fault !== undefined) this.see(this.faultAfter(line.last, step.fault))
      const number = numbers[index] as number
      lines.set(actor, line.next?.get(number) ?? this.#goOn(line, number))
    }
  }

  #goOn(line: Line, number: number): Line {
    const { kinds, repeated } = line
    const isFirst = !kinds.includes(number)
    const fine = isFirst ? firstOf(number) : anotherOf(number)
    for (const kind of kinds) {
      this.#see(kind, number)
      this.#see(firstOf(kind), fine)
    }
    for (const kind of repeated) this.#see(anotherOf(kind), fine)
    const longer: Line = {
      kinds: isFirst ? [...kinds, number] : kinds,
      repeated: isFirst || repeated.includes(number) ? repeated : [...repeated, number],
      last: number,
      next: undefined,
    }
    if (this.#lines < MOST_LINES) {
      line.next ??= new Map()
      line.next.set(number, longer)
    }
    this.#lines += 1
    return longer
  }

  /** The number of each of them. */
  numbersOf(steps: readonly Step[], grain: Grain): readonly number[] {
    const { numbers } = this.#of(steps)
    return grain === "coarse" ? numbers : fineOf(numbers)
  }

  /** How each of them is spelled; `undefined` for faults. */
  spellingsOf(steps: readonly Step[]): readonly (Spelling | undefined)[] {
    return this.#of(steps).spellings
  }

  #of(steps: readonly Step[]): Numbered {
    if (this.#numbered.steps === steps) return this.#numbered
    const spellings = spellingsOf(steps)
    const numbers = spellings.map((spelling, at) =>
      spelling === undefined ? this.#numberOf(faultWords(steps[at]?.fault)) : this.#ofSpelling(spelling),
    )
    this.#numbered = { steps, spellings, numbers }
    return this.#numbered
  }

  #ofSpelling({ index, words }: Spelling): number {
    const known = this.#byIndex[index]
    if (known !== undefined) return known
    const number = this.#numberOf(words)
    // What is not kept has another number the next time.
    if (this.#numbers.size < MOST_WORDS) this.#byIndex[index] = number
    return number
  }

  /** That the one comes before the other, whatever comes of it. */
  pair(earlier: Choice, later: Choice): Before {
    return [this.#numberOf(wordsOf(earlier)), this.#numberOf(wordsOf(later))]
  }

  /** The fine number of what did not happen. */
  numberOf({ words, count }: { readonly words: string; readonly count: number }): number {
    const number = this.#numberOf(words)
    return count === 1 ? firstOf(number) : anotherOf(number)
  }

  /** That somebody is befallen right after what it did last. */
  faultAfter(last: number | undefined, fault: Pick<Fault, "kind" | "actor">): Before {
    return [last ?? this.#numberOf(""), this.#numberOf(`at once ${faultWords(fault)}`)]
  }

  #numberOf(words: string): number {
    const known = this.#numbers.get(words)
    if (known !== undefined) return known
    const number = (this.#numbers.size % MOST_WORDS) * NUMBERS_OF_ONE
    if (this.#numbers.size < MOST_WORDS) this.#numbers.set(words, number)
    return number
  }
}

/** Those of the schedule that is looked at. */
const known = new Places()

function fineOf(numbers: readonly number[]): readonly number[] {
  const fine = numbers.map((number) => {
    const place = number / NUMBERS_OF_ONE
    if (known.of(place) > 0) return anotherOf(number)
    known.put(place, 1)
    return firstOf(number)
  })
  known.clear()
  return fine
}

function firstOf(number: number): number {
  return number + 1
}

function anotherOf(number: number): number {
  return number + 2
}

/** Whom a step is of. */
export function whose({ choice, fault }: Step): string {
  return choice?.actor ?? fault?.actor ?? ""
}

export function wordsOf(choice: Pick<Choice, "kind" | "actor" | "from" | "what">): string {
  return words(choice)
}

/** A crash and a kill are one: what matters most is when. */
function faultWords(fault: Pick<Fault, "kind" | "actor"> | undefined): string {
  return `fault ${fault?.kind === "kill" ? "crash" : fault?.kind} ${fault?.actor}`
}
