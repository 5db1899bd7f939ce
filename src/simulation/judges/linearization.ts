/**
 * The search for an order: whether what was done to one thing, by many at once, could have been done by one after the other, so that each got what it
 * got. Each took effect at one moment between its ask and its answer.
 *
 * Invariants
 * - "none" is said only where all orders were tried, or are the same as one that was.
 * - What is not certain may have taken effect at any time after it was asked, or not at all.
 * - It ends: after so many configurations it says that it has found nothing out.
 *
 * Source  Wing & Gong, "Testing and verifying concurrent objects" (1993); Lowe, "Testing for linearizability" (2017), whose memory of what was tried
 *         (which have taken effect, and the state then) keeps it from trying the same twice.
 */

/** A span of time, ends included, in ms of the clock. */
export interface Span {
  /** Not before that. */
  readonly from: number
  /** Not after that; `Infinity` where it is not known. */
  readonly to: number
}

/** One thing that was done, or may have been. */
export interface Occurrence<Call> {
  readonly call: Call
  /** Its place among all asks and answers, and that of its answer; `Infinity` where it may take effect until the end. */
  readonly asked: number
  readonly answered: number
  /** The clock then, in ms. */
  readonly askedAt: number
  readonly answeredAt: number
  /** Whether it has taken effect for certain. */
  readonly isCertain: boolean
}

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
  /** The latest ask of those that have taken effect. */
  readonly since: number
  /** What has led here; `undefined` at the start. */
  readonly entry: Entry<State, Call> | undefined
  readonly open: Iterator<Entry<State, Call>, undefined>
}

interface Entry<State, Call> {
  readonly occurrence: Occurrence<Call>
  readonly next: Next<State>
}

class Search<State, Call> {
  readonly #machine: Machine<State, Call>
  readonly #budget: Budget
  readonly #question: Question<Call> | undefined
  /** In the order of asking. */
  readonly #certain: readonly Occurrence<Call>[]
  readonly #places: ReadonlyMap<Occurrence<Call>, number>
  readonly #possible: readonly Occurrence<Call>[]
  readonly #taken = new Set<Occurrence<Call>>()
  /** All certain ones before this place have taken effect. */
  #first = 0
  /** Configurations from which there is no way. */
  readonly #dead = new Set<string>()

  constructor(
    machine: Machine<State, Call>,
    occurrences: readonly Occurrence<Call>[],
    budget: Budget,
    question: Question<Call> | undefined,
  ) {
    this.#machine = machine
    this.#budget = budget
    this.#question = question
    const sorted = occurrences.toSorted((one, other) => one.asked - other.asked)
    this.#certain = sorted.filter(({ isCertain }) => isCertain)
    this.#places = new Map(this.#certain.map((occurrence, place) => [occurrence, place]))
    this.#possible = sorted.filter(({ isCertain }) => !isCertain)
  }

  run(): Finding<Call> {
    const path: Frame<State, Call>[] = []
    let frame: Frame<State, Call> | undefined = this.#frame(this.#machine.initial, Number.NEGATIVE_INFINITY, undefined)
    while (frame !== undefined) {
      if (this.#isDone) return this.#order(path, frame)
      const entry: Entry<State, Call> | undefined = frame.open.next().value
      if (entry === undefined) {
        this.#dead.add(this.#keyOf(frame.state))
        if (frame.entry !== undefined) this.#giveBack(frame.entry.occurrence)
        frame = path.pop()
        continue
      }
      this.#take(entry.occurrence)
      if (this.#isDead(entry.next.state)) {
        this.#giveBack(entry.occurrence)
        continue
      }
      if (this.#budget.left <= 0) return "undecided"
      this.#budget.left -= 1
      path.push(frame)
      frame = this.#frame(entry.next.state, Math.max(frame.since, entry.occurrence.askedAt), entry)
    }
    return "none"
  }

  // -- what has taken effect ---------------------------------------------------------------------------------------

  get #isDone(): boolean {
    return this.#first === this.#certain.length
  }

  #take(occurrence: Occurrence<Call>): void {
    this.#taken.add(occurrence)
    while (this.#first < this.#certain.length && this.#taken.has(this.#certain[this.#first] as Occurrence<Call>)) this.#first += 1
  }

  #giveBack(occurrence: Occurrence<Call>): void {
    this.#taken.delete(occurrence)
    this.#first = Math.min(this.#first, this.#places.get(occurrence) ?? this.#first)
  }

  #isDead(state: State): boolean {
    return this.#dead.size > 0 && this.#dead.has(this.#keyOf(state))
  }

  /** Which have taken effect, and the state. Those that are certain stand close together, so few have to be named. */
  #keyOf(state: State): string {
    let key = `${this.#first}:`
    let left = this.#taken.size - this.#first
    for (const [place, occurrence] of this.#possible.entries()) {
      if (!this.#taken.has(occurrence)) continue
      key += `${place},`
      left -= 1
    }
    key += ":"
    for (let place = this.#first + 1; left > 0; place += 1) {
      if (!this.#taken.has(this.#certain[place] as Occurrence<Call>)) continue
      key += `${place},`
      left -= 1
    }
    return `${key}:${this.#machine.textOf(state)}`
  }

  // -- what may come next ------------------------------------------------------------------------------------------

  #frame(state: State, since: number, entry: Entry<State, Call> | undefined): Frame<State, Call> {
    return { state, since, entry, open: this.#entries(state, since) }
  }

  /**
   * What was answered first comes first: most services do things in the order in which they answer. Gone on with only where all that was tried since
   * is given back, so what has taken effect is the same at each step of it.
   */
  *#entries(state: State, since: number): Generator<Entry<State, Call>, undefined> {
    const { next, until, untilAt } = this.#nextCertain()
    for (const occurrence of next) {
      const window = { from: Math.max(since, occurrence.askedAt), to: untilAt }
      for (const each of this.#stepsOf(state, occurrence, window)) yield { occurrence, next: each }
    }
    for (const occurrence of this.#possible) {
      if (occurrence.asked > until) return
      if (this.#taken.has(occurrence)) continue
      const window = { from: Math.max(since, occurrence.askedAt), to: untilAt }
      for (const each of this.#changesOf(state, occurrence, window)) yield { occurrence, next: each }
    }
  }

  /** Those that were asked before the first answer among those that are left: none can come behind that answer. */
  #nextCertain(): { readonly next: readonly Occurrence<Call>[]; readonly until: number; readonly untilAt: number } {
    const next: Occurrence<Call>[] = []
    let until = Number.POSITIVE_INFINITY
    let untilAt = Number.POSITIVE_INFINITY
    for (let place = this.#first; place < this.#certain.length; place += 1) {
      const occurrence = this.#certain[place] as Occurrence<Call>
      if (occurrence.asked > until) break
      if (this.#taken.has(occurrence)) continue
      next.push(occurrence)
      until = Math.min(until, occurrence.answered)
      untilAt = Math.min(untilAt, occurrence.answeredAt)
    }
    if (next.length > 1) next.sort((one, other) => one.answered - other.answered)
    return { next, until, untilAt }
  }

  #stepsOf(state: State, occurrence: Occurrence<Call>, window: Span): readonly Next<State>[] {
    const question = this.#question
    if (question?.of !== occurrence) return this.#machine.step(state, occurrence.call, window, true)
    return this.#machine.step(state, occurrence.call, window, false).filter(({ gives }) => !question.except.has(gives))
  }

  /** Of what may have happened and changes nothing, nobody can tell whether it has. */
  #changesOf(state: State, occurrence: Occurrence<Call>, window: Span): readonly Next<State>[] {
    const before = this.#machine.textOf(state)
    const all = this.#machine.step(state, occurrence.call, window, false)
    return all.filter((next) => this.#machine.textOf(next.state) !== before)
  }

  // -- what was found ----------------------------------------------------------------------------------------------

  #order(path: readonly Frame<State, Call>[], last: Frame<State, Call>): readonly Taken<Call>[] {
    const frames = [...path, last]
    return frames.slice(1).map(({ entry, state }, place) => {
      const { occurrence, next } = entry as Entry<State, Call>
      const before = (frames[place] as Frame<State, Call>).state
      return { occurrence, gives: next.gives, isChange: this.#machine.textOf(state) !== this.#machine.textOf(before) }
    })
  }
}
