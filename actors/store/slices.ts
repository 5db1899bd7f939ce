/**
 * Work of a store that is too much for one turn: done in slices, and others are served between them.
 *
 * Invariants
 * - Of one lane's works, one is under way at a time, in the order in which they came.
 * - Between two slices others are served, but where the first of them has said `FIRST`.
 * - At most one message to the store itself is on its way for a lane, however much waits in it; none while nothing does.
 * - A work's `finally` runs whatever becomes of it, but for a crash of the store: who keeps something beyond that has to look after it at the next start.
 *
 * A lane is of one incarnation. Requests whose work is not done when it ends fail with why it has ended, as any that a server owes an answer.
 */

import { type Deferred, Failure, failure, PigeonholeError, RateLimited, type ServerSelf } from "../../src/index.ts"

/** Yielded where the next slice must come before anybody else is served; and given for a place that is to be seen to again in it. */
export const FIRST = Symbol("first")

/** What is done up to a `yield` is one slice. What it returns is the answer; a `PigeonholeError` that it throws, too. */
export type Slices<Answer = unknown> = Generator<typeof FIRST | undefined, Answer, undefined>

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

/** What it says it with that it is to go on: both send the store a message, which has to call `step`. */
export type LaneSelf = Pick<ServerSelf, "later" | "continue">

/** What one slice has come to: `FIRST`, or nothing, or the answer. */
interface Slice {
  readonly done: boolean
  readonly value: unknown
}

export class Lane {
  readonly #self: LaneSelf
  readonly #patience: Patience
  readonly #mostWaiting: number
  readonly #waiting: Waiting[] = []
  readonly #watch: LaneWatch | undefined

  constructor(self: LaneSelf, patience: Patience, mostWaiting = MOST_WAITING, watch?: LaneWatch) {
    this.#watch = watch
    this.#self = self
    this.#patience = patience
    this.#mostWaiting = mostWaiting
  }

  /** Whether a work that comes now would be the next one. */
  get isFree(): boolean {
    return this.#waiting.length === 0
  }

  /** Does the first slice, where nobody is before it; what is left is done by and by. Gives what the handler is to return. */
  serve(work: Slices, self: ServerSelf): unknown {
    let slice: Slice | undefined
    if (this.isFree) {
      slice = this.#advance(work)
      if (slice.done) return slice.value
    }
    if (this.#waiting.length >= this.#mostWaiting) {
      work.return(undefined)
      return failure(new RateLimited("too many requests for much at once wait already", { details: { waiting: this.#waiting.length } }))
    }
    return this.#put(work, self, slice)
  }

  /** The next slice of what is first. */
  step(): void {
    const [first] = this.#waiting
    if (first === undefined) return
    const slice = this.#sliceOf(first)
    if (slice.done) this.#waiting.shift()
    if (this.#waiting.length > 0) this.#goOn(slice)
    else this.#watch?.laneBusy(false)
  }

  #goOn({ value }: Slice): void {
    if (value === FIRST) this.#self.continue(this)
    else this.#self.later(this)
  }

  #put(work: Slices, self: ServerSelf, slice: Slice | undefined): Deferred<unknown> {
    const signal = this.#patience === "to the end" ? undefined : self.requestSignal
    const deferred = self.defer<unknown>()
    this.#waiting.push({ work, deferred, signal })
    if (slice !== undefined) this.#goOn(slice)
    this.#watch?.laneBusy(true)
    return deferred
  }

  #sliceOf({ work, deferred, signal }: Waiting): Slice {
    if (signal?.aborted === true) {
      work.return(undefined)
      return { done: true, value: undefined }
    }
    const slice = this.#advance(work)
    if (slice.done) settle(deferred, slice.value)
    return slice
  }

  #advance(work: Slices): Slice {
    this.#watch?.inSlice(true)
    try {
      return advanced(work)
    } finally {
      this.#watch?.inSlice(false)
    }
  }
}

/** What a handler would have returned is what its request is answered. */
export function settle(deferred: Deferred<unknown>, answer: unknown): void {
  if (answer instanceof Failure) deferred.fail(answer.error)
  else deferred.reply(answer)
}

function advanced(work: Slices): Slice {
  try {
    const { done = false, value } = work.next()
    return { done, value }
  } catch (error) {
    if (error instanceof PigeonholeError) return { done: true, value: failure(error) }
    throw error
  }
}

/** Calls `see` for each place from 0, a slice at a time, until it gives a failure, which is the answer then; again for one of which it says `FIRST`. */
export function* eachInSlices(size: number, see: (place: number) => Failure | typeof FIRST | undefined): Slices<Failure | undefined> {
  for (let place = 0; place < size; ) {
    const seen = see(place)
    if (seen instanceof Failure) return seen
    if (seen === FIRST) yield FIRST
    else {
      place += 1
      if (place % SLICE === 0 && place < size) yield
    }
  }
  return undefined
}
