/**
 * The search for an order: whether what was done to one thing, by many at once, could have been done by one after the other, so that each got what it
 * got. Each took effect at one moment between its ask and its answer.
 *
 * Invariants
 * - "none" is said only where all orders were tried, or are the same as one that was.
 * - What is not certain may have taken effect at any time after it was asked, or not at all.
 * - It ends: after so many configurations it says that it has found nothing out.
 *
 * Tried is as little as will do: of operations on different things one order (`remaining.ts`), a reading that fits where it stands nowhere else, nothing that
 * need not have happened and makes no difference.
 *
 * Source  Wing & Gong, "Testing and verifying concurrent objects" (1993); Lowe, "Testing for linearizability" (2017), whose memory of what was tried
 *         (which have taken effect, and the state then) keeps it from trying the same twice.
 */

import type { Occurrence, Span } from "./occurrence.ts"
import { type Item, Remaining } from "./remaining.ts"

/** What something may come to. */
export interface Next<State> {
  readonly state: State
  /** What it gives then, as a sentence shows it. */
  readonly gives: string
}

/** What things do to a state, one after the other. It changes no state that it was given. */
export interface Machine<State, Call> {
  readonly initial: State
  /** The same for states that are the same. */
  textOf(state: State): string
  /** What an operation is about; those that have nothing in common can change places. Left out: all have to do with all. */
  readonly partsOf?: ((call: Call) => readonly string[]) | undefined
  /** Whether it changes nothing, whatever is there; what it shows may be news. Left out: no. */
  readonly isReading?: ((call: Call) => boolean) | undefined
  /** The same, as it is known to be where nothing happens to that part before that moment. Left out: time alone changes nothing. */
  readonly at?: ((state: State, part: string, from: number) => State) | undefined
  /** All that it may come to, at some moment of `window`, in ms of the clock. `isJudged`: only where it gives what it gave. */
  step(state: State, call: Call, window: Span, isJudged: boolean): readonly Next<State>[]
}

/** One that has taken its place in an order. */
export interface Taken<Call> extends Pick<Next<unknown>, "gives"> {
  readonly occurrence: Occurrence<Call>
  /** Whether the state was another one afterwards. */
  readonly isChange: boolean
}

/** An occurrence that is asked what else it could have given. */
export interface Question<Call> {
  readonly of: Occurrence<Call>
  /** Beside these. */
  readonly except: ReadonlySet<string>
}

/** Configurations that may be looked at. */
export interface Budget {
  left: number
}

/** An order that explains all; or that there is none; or that it is not known, as the budget is used up. */
export type Finding<Call> = readonly Taken<Call>[] | "none" | "undecided"

/** `question`: what it has given is not judged, but must be none of the exceptions. */
export function findOrder<State, Call>(
  machine: Machine<State, Call>,
  occurrences: readonly Occurrence<Call>[],
  budget: Budget,
  question?: Question<Call>,
): Finding<Call> {
  return new Search(machine, occurrences, budget, question).run()
}

/** A configuration on the way that is tried now, and what is still to be tried from there. */
interface Frame<State, Call> {
  readonly state: State
  readonly text: string
  /** What has led here, and from where; `undefined` at the start. */
  readonly entry: Entry<State, Call> | undefined
  readonly before: Frame<State, Call> | undefined
  readonly open: Iterator<Entry<State, Call>, undefined>
  /** What comes of each that is tried from here: the texts of the states. */
  readonly results: Map<Item<Call>, ReadonlySet<string>>
}

interface Entry<State, Call> {
  readonly item: Item<Call>
  readonly next: Next<State>
  readonly text: string
}

class Search<State, Call> {
  readonly #machine: Machine<State, Call>
  readonly #budget: Budget
  readonly #question: Question<Call> | undefined
  readonly #remaining: Remaining<Call>
  readonly #visited = new Visited()

  constructor(
    machine: Machine<State, Call>,
    occurrences: readonly Occurrence<Call>[],
    budget: Budget,
    question: Question<Call> | undefined,
  ) {
    this.#machine = machine
    this.#budget = budget
    this.#question = question
    const worthwhile = occurrences.filter(({ call, isCertain }) => isCertain || machine.isReading?.(call) !== true)
    this.#remaining = new Remaining(worthwhile, machine.partsOf)
  }

  run(): Finding<Call> {
    const { initial } = this.#machine
    const text = this.#textOf(initial)
    this.#isNew({ text })
    let frame: Frame<State, Call> | undefined = this.#frame({ state: initial, text }, undefined, undefined)
    while (frame !== undefined) {
      if (this.#remaining.isDone) return orderTo(frame)
      const entry: Entry<State, Call> | undefined = frame.open.next().value
      if (entry === undefined) {
        if (frame.entry !== undefined) this.#remaining.giveBack(frame.entry.item)
        frame = frame.before
        continue
      }
      this.#remaining.take(entry.item)
      if (!this.#isNew(entry)) {
        this.#remaining.giveBack(entry.item)
        continue
      }
      if (this.#budget.left <= 0) return "undecided"
      this.#budget.left -= 1
      frame = this.#frame({ state: entry.next.state, text: entry.text }, entry, frame)
    }
    return "none"
  }

  #isNew({ text }: { readonly text: string }): boolean {
    const { certainTaken, possibleTaken } = this.#remaining
    return this.#visited.add(`${certainTaken}:${text}`, possibleTaken)
  }

  #frame(
    { state, text }: { readonly state: State; readonly text: string },
    entry: Entry<State, Call> | undefined,
    before: Frame<State, Call> | undefined,
  ): Frame<State, Call> {
    const results = new Map<Item<Call>, ReadonlySet<string>>()
    const frame = { state, text, entry, before, results }
    return Object.assign(frame, { open: this.#entries(frame) })
  }

  // -- what may come next ------------------------------------------------------------------------------------------

  /** Gone on with only where all that was tried since is given back, so what has taken effect is the same at each step of it. */
  *#entries(from: Omit<Frame<State, Call>, "open">): Generator<Entry<State, Call>, undefined> {
    const { certain, possible } = this.#remaining.next()
    for (const item of certain) {
      const settled = this.#settled(from, item)
      if (settled === undefined) continue
      yield settled
      return
    }
    for (const item of certain) yield* this.#worthwhile(from, item, this.#stepsOf(from.state, item))
    const changes = possible.map((item) => this.#worthwhile(from, item, this.#changesOf(from, item)))
    yield* changes.flat()
  }

  /** A reading that gives what it gave whatever came before it, and changes nothing: wherever else it could stand, it can stand here. */
  #settled({ state, text }: Pick<Frame<State, Call>, "state" | "text">, item: Item<Call>): Entry<State, Call> | undefined {
    const { occurrence } = item
    if (this.#machine.isReading?.(occurrence.call) !== true || !this.#remaining.isLate(item)) return undefined
    const [next, ...others] = this.#stepsOf(state, item)
    if (next === undefined || others.length > 0 || this.#textOf(next.state) !== text) return undefined
    return { item, next, text }
  }

  /** But for what would have come to the same without what may have happened just before it, and need not have. */
  #worthwhile(from: Omit<Frame<State, Call>, "open">, item: Item<Call>, steps: readonly Next<State>[]): readonly Entry<State, Call>[] {
    const without = from.entry?.item.occurrence.isCertain === false ? from.before : undefined
    const entries = new Map<string, Next<State>>()
    for (const next of steps) {
      const text = this.#textOf(next.state)
      if (!entries.has(text)) entries.set(text, next)
    }
    from.results.set(item, new Set(entries.keys()))
    const isIdle = (text: string): boolean => without?.results.get(item)?.has(text) === true
    return Array.from(entries, ([text, next]) => ({ item, next, text })).filter(({ text }) => !isIdle(text))
  }

  #textOf(state: State): string {
    return this.#machine.textOf(state)
  }

  #stepsOf(state: State, item: Item<Call>): readonly Next<State>[] {
    const question = this.#question
    if (question?.of !== item.occurrence) return this.#carryOut(state, item, true)
    return this.#carryOut(state, item, false).filter(({ gives }) => !question.except.has(gives))
  }

  /** Of what may have happened and changes nothing, nobody can tell whether it has. */
  #changesOf({ state, text }: Pick<Frame<State, Call>, "state" | "text">, item: Item<Call>): readonly Next<State>[] {
    const texts = [text, this.#textOf(this.#known(state, item))]
    return this.#carryOut(state, item, false).filter((next) => !texts.includes(this.#textOf(next.state)))
  }

  #carryOut(state: State, item: Item<Call>, isJudged: boolean): readonly Next<State>[] {
    const all = this.#machine.step(state, item.occurrence.call, this.#remaining.windowOf(item), isJudged)
    return this.#machine.at === undefined ? all : all.map((next) => ({ ...next, state: this.#known(next.state, item) }))
  }

  /** Behind that one, what it is about is as old as it is. */
  #known(state: State, { occurrence, parts }: Item<Call>): State {
    const { at } = this.#machine
    if (at === undefined) return state
    return parts.reduce((known, { name, since }) => at(known, name, Math.max(since, occurrence.askedAt)), state)
  }
}

/** What has led there. */
function orderTo<State, Call>(last: Frame<State, Call>): readonly Taken<Call>[] {
  const order: Taken<Call>[] = []
  for (let frame = last; frame.entry !== undefined && frame.before !== undefined; frame = frame.before) {
    const { item, next, text } = frame.entry
    order.push({ occurrence: item.occurrence, gives: next.gives, isChange: text !== frame.before.text })
  }
  return order.reverse()
}

/** Configurations that were looked at: which have taken effect, and the state then. */
class Visited {
  readonly #known = new Map<string, bigint[]>()

  /**
   * `false`: from that one there is no way, or it is on the way. One that differs from it only by that more of what need not have happened has is no
   * better.
   */
  add(key: string, possible: bigint): boolean {
    const known = this.#known.get(key)
    if (known === undefined) {
      this.#known.set(key, [possible])
      return true
    }
    if (known.some((fewer) => (fewer & ~possible) === 0n)) return false
    known.push(possible)
    return true
  }
}
