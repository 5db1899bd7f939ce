/**
 * Work of a store that is too much for one turn: done in slices, and others are served between them.
 *
 * Invariants
 * - Of one lane's works, one is under way at a time, in the order in which they came.
 * - At most one message to the store itself is on its way for a lane, however much waits in it; none while nothing does.
 * - A work's `finally` runs whatever becomes of it, but for a crash of the store: who keeps something beyond that has to look after it at the next start.
 *
 * A lane is of one incarnation. Requests whose work is not done when it ends fail with why it has ended, as any that a server owes an answer.
 */

import { type Deferred, Failure, failure, PigeonholeError, RateLimited, type ServerSelf } from "../../src/index.ts"

/** What is done up to a `yield` is one slice. What it returns is the answer; a `PigeonholeError` that it throws, too. */
export type Slices<Answer = unknown> = Generator<undefined, Answer, undefined>

/** Entries seen to in one slice: some tens of microseconds, as the runtime looks at the clock once in sixteen messages. */
export const SLICE = 128

/** Works that may wait in a lane. */
const MOST_WAITING = 10_000

/** Whether somebody still waits for the answer. */
export type Patience = "to the end" | "while somebody waits"

/** Told of what a lane does. */
export interface LaneWatch {
  /** Whether there is work that goes on after this turn. */
  laneBusy(isBusy: boolean): void
  /** A slice begins, or ends. */
  inSlice(isInSlice: boolean): void
}

interface Waiting {
  readonly work: Slices
  readonly deferred: Deferred<unknown>
  /** Aborted when nobody waits any more, where that ends the work. */
  readonly signal: AbortSignal | undefined
}

export class Lane {
  readonly #later: (message: unknown) => void
  readonly #patience: Patience
  readonly #mostWaiting: number
  readonly #waiting: Waiting[] = []
  readonly #watch: LaneWatch | undefined

  /** `later`: sends the store a message of its own, which has to call `step`. */
  constructor(later: (message: unknown) => void, patience: Patience, mostWaiting = MOST_WAITING, watch?: LaneWatch) {
    this.#watch = watch
    this.#later = later
    this.#patience = patience
    this.#mostWaiting = mostWaiting
  }

  /** Whether a work that comes now would be the next one. */
  get isFree(): boolean {
    return this.#waiting.length === 0
  }

  /** Does the first slice, where nobody is before it; what is left is done by and by. Gives what the handler is to return. */
  serve(work: Slices, self: ServerSelf): unknown {
    if (this.isFree) {
      const { done, value } = this.#advance(work)
      if (done) return value
    }
    if (this.#waiting.length >= this.#mostWaiting) {
      work.return(undefined)
      return failure(new RateLimited("too many requests for much at once wait already", { details: { waiting: this.#waiting.length } }))
    }
    return this.#put(work, self)
  }

  /** The next slice of what is first. */
  step(): void {
    const [first] = this.#waiting
    if (first === undefined) return
    if (this.#isDone(first)) this.#waiting.shift()
    if (this.#waiting.length > 0) this.#later(this)
    else this.#watch?.laneBusy(false)
  }

  #put(work: Slices, self: ServerSelf): Deferred<unknown> {
    const signal = this.#patience === "to the end" ? undefined : self.requestSignal
    const deferred = self.defer<unknown>()
    this.#waiting.push({ work, deferred, signal })
    if (this.#waiting.length === 1) this.#later(this)
    this.#watch?.laneBusy(true)
    return deferred
  }

  #isDone({ work, deferred, signal }: Waiting): boolean {
    if (signal?.aborted === true) {
      work.return(undefined)
      return true
    }
    const { done, value } = this.#advance(work)
    if (!done) return false
    if (value instanceof Failure) deferred.fail(value.error)
    else deferred.reply(value)
    return true
  }

  #advance(work: Slices): { readonly done: boolean; readonly value: unknown } {
    this.#watch?.inSlice(true)
    try {
      return advanced(work)
    } finally {
      this.#watch?.inSlice(false)
    }
  }
}

function advanced(work: Slices): { readonly done: boolean; readonly value: unknown } {
  try {
    const { done = false, value } = work.next()
    return { done, value }
  } catch (error) {
    if (error instanceof PigeonholeError) return { done: true, value: failure(error) }
    throw error
  }
}

/** Calls `see` for each place from 0, a slice at a time, until it gives a failure, which is the answer then. */
export function* eachInSlices(size: number, see: (place: number) => Failure | undefined): Slices<Failure | undefined> {
  for (let from = 0; from < size; from += SLICE) {
    if (from > 0) yield
    const to = Math.min(from + SLICE, size)
    for (let place = from; place < to; place += 1) {
      const failed = see(place)
      if (failed !== undefined) return failed
    }
  }
  return undefined
}
