/**
 * Group commit: what is asked for while a commit is under way, or within one moment, goes into the next one together.
 *
 * Invariants
 * - One commit at a time, and changes in the order they were added: so what is last of a key stays.
 * - What was added in one piece is in one commit, whole. Each waiter is told after the commit that held its changes, and of no other's failure.
 * - It is bounded: what waits and what is under way count, and what would be too much is refused before anything is kept.
 *
 * A moment is over when nothing was added for some rounds of microtasks. A hundred callers that were just answered, and write again, are then in
 * one commit; were the first of them to start it, the others would wait for a second one, and half of the time be lost.
 */

import { PigeonholeError, RateLimited } from "../../src/index.ts"
import type { Change, StoreDatabase } from "./store-database.ts"

/** When a commit begins: by itself, or when its owner says so by `flush` (as an interval goes by). */
export type CommitStart = "itself" | "told"

export interface CommitQueueOptions {
  /** Where commits go. */
  readonly database: Pick<StoreDatabase, "commit">
  /** The calendar, in ms. */
  readonly now: () => number
  /** Settles when those have been served whose requests wait already: they belong to the same moment. Default: at once. */
  readonly others?: () => Promise<void>
  /** When a commit begins. Default "itself". */
  readonly start?: CommitStart
  /** Changes that wait or are under way at most. Default 100 000. */
  readonly capacity?: number
  /** Changes in one commit at most, but for one piece that has more. Default 10 000. */
  readonly mostInOne?: number
  /** Bytes of keys and values that wait or are under way at most, but for one piece where nothing waits. Default 128 MiB. */
  readonly capacityBytes?: number
  /** Bytes in one commit at most, but for one piece that has more. Default 16 MiB. */
  readonly mostBytesInOne?: number
}

const DEFAULT_CAPACITY = 100_000
const DEFAULT_MOST_IN_ONE = 10_000
const DEFAULT_CAPACITY_BYTES = 2 ** 27
const DEFAULT_MOST_BYTES_IN_ONE = 2 ** 24

/**
 * So many rounds without anything new, and the moment is over. An answer passes its request's promise, the mailbox's and the caller's before
 * its caller can write again, each of which is a round or a few.
 */
const QUIET_ROUNDS = 24

/** And so many in all: who never stops adding must not keep the host from its timers. */
const MOST_ROUNDS = 10_000

/** Turns of its owner's that a moment may take. */
const MOST_TURNS = 16

/** What is carried out in one go, or in one go with others: changes, or something else that has its place in the order. */
interface Step {
  readonly number: number
  readonly changes: readonly Change[] | undefined
  readonly bytes: number
  readonly refusal: Refusal | undefined
  readonly work: (() => Promise<void>) | undefined
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Why changes that were added are not to be made after all: asked right before their commit. `undefined`: they are. */
export type Refusal = () => PigeonholeError | undefined

export class CommitQueue {
  readonly #database: Pick<StoreDatabase, "commit">
  readonly #now: () => number
  readonly #others: (() => Promise<void>) | undefined
  readonly #start: CommitStart
  readonly #capacity: number
  readonly #mostInOne: number
  readonly #capacityBytes: number
  readonly #mostBytesInOne: number
  #waiting: Step[] = []
  /** Changes that wait or are under way. */
  #size = 0
  #bytes = 0
  /** The number of the last step that was added, and of the last that is to be carried out now. */
  #added = 0
  #until = 0
  #isBusy = false
  /** What is under way or was last: settles, and never rejects, when all up to `#until` was tried. */
  #work: Promise<void> = Promise.resolve()
  /** Why the last commit failed, where its changes wait for the next. */
  #failure: unknown = undefined

  constructor({ database, now, others, start = "itself", capacity, mostInOne, capacityBytes, mostBytesInOne }: CommitQueueOptions) {
    this.#database = database
    this.#now = now
    this.#others = others
    this.#start = start
    this.#capacity = capacity ?? DEFAULT_CAPACITY
    this.#mostInOne = mostInOne ?? DEFAULT_MOST_IN_ONE
    this.#capacityBytes = capacityBytes ?? DEFAULT_CAPACITY_BYTES
    this.#mostBytesInOne = mostBytesInOne ?? DEFAULT_MOST_BYTES_IN_ONE
  }

  /** Changes that wait or are under way. */
  get size(): number {
    return this.#size
  }

  /**
   * Adds changes that belong together; resolves once they are durable. Neither the list nor the bytes may be changed until then. What rests on
   * changes that wait still says by `refusal` whether those have failed: then it fails, too, and nothing else with it.
   *
   * Errors  RateLimited, where there is no room; what the commit failed with. A queue that is told when to start keeps what failed for the next
   *         commit, where the error says that it may succeed by then.
   */
  add(changes: readonly Change[], refusal?: Refusal): Promise<void> {
    const full = this.refusalOf(changes)
    if (full !== undefined) return Promise.reject(full)
    const bytes = changes.reduce(addBytesOf, 0)
    this.#size += changes.length
    this.#bytes += bytes
    return this.#push({ changes, bytes, refusal, work: undefined })
  }

  /** Why there is no room for these changes; `undefined`: there is. */
  refusalOf(changes: readonly Change[]): RateLimited | undefined {
    return this.#hasRoomFor(changes.length, changes.reduce(addBytesOf, 0)) ? undefined : this.#full()
  }

  /** Does `work` behind all that was added before it and before all that is added after it: to remove what has expired, say. */
  async inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const results: Result[] = []
    await this.#push({ changes: undefined, bytes: 0, refusal: undefined, work: async () => void results.push(await work()) })
    return results[0] as Result
  }

  /** Begins at once; resolves when all that was added so far was tried. Errors  what a commit failed with whose changes are kept. */
  async flush(): Promise<void> {
    if (this.#start === "itself") return this.inOrder(async () => {})
    this.#failure = undefined
    this.#begin(this.#added)
    await this.#work
    if (this.#failure !== undefined) throw this.#failure
  }

  #hasRoomFor(changes: number, bytes: number): boolean {
    return this.#size + changes <= this.#capacity && (this.#bytes === 0 || this.#bytes + bytes <= this.#capacityBytes)
  }

  #push(step: Omit<Step, "number" | "resolve" | "reject">): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#added += 1
      this.#waiting.push({ number: this.#added, ...step, resolve, reject })
      if (this.#start === "itself" || step.work !== undefined) this.#begin(this.#added)
    })
  }

  #begin(until: number): void {
    this.#until = until
    if (!this.#isBusy) this.#work = this.#carryOut()
  }

  async #carryOut(): Promise<void> {
    this.#isBusy = true
    for (let isDone = true; isDone && this.#isDue(); ) {
      if (this.#start === "itself") await this.#moment()
      isDone = await this.#attempt(this.#take())
    }
    // In the same step as the last look: what is added from now on begins anew.
    this.#isBusy = false
  }

  #isDue(): boolean {
    const [first] = this.#waiting
    return first !== undefined && first.number <= this.#until
  }

  /** Waits until nothing more is added, or there is enough for one commit. */
  async #moment(): Promise<void> {
    await this.#quiet()
    if (this.#others === undefined) return
    for (let turn = 0, seen = -1; turn < MOST_TURNS && seen !== this.#added && !this.#isEnough(); turn += 1) {
      seen = this.#added
      await this.#others()
      await this.#quiet()
    }
  }

  async #quiet(): Promise<void> {
    let quiet = 0
    let seen = this.#added
    for (let round = 0; quiet < QUIET_ROUNDS && round < MOST_ROUNDS && !this.#isEnough(); round += 1) {
      await undefined
      quiet = this.#added === seen ? quiet + 1 : 0
      seen = this.#added
    }
  }

  #isEnough(): boolean {
    return this.#size >= this.#mostInOne || this.#bytes >= this.#mostBytesInOne
  }

  /** What goes together: changes up to the limits, or one step that is something else. */
  #take(): Step[] {
    let count = 0
    let changes = 0
    let bytes = 0
    for (const step of this.#waiting) {
      changes += step.changes?.length ?? 0
      bytes += step.bytes
      if (count > 0 && (step.changes === undefined || changes > this.#mostInOne || bytes > this.#mostBytesInOne)) break
      count += 1
      if (step.changes === undefined) break
    }
    return this.#waiting.splice(0, count).filter((step) => !this.#isRefused(step))
  }

  #isRefused(step: Step): boolean {
    const error = step.refusal?.()
    if (error !== undefined) this.#settle([step], ({ reject }) => reject(error))
    return error !== undefined
  }

  /** False: they wait again, and nothing more is tried for now. */
  async #attempt(steps: readonly Step[]): Promise<boolean> {
    if (steps.length === 0) return true
    try {
      await this.#perform(steps)
    } catch (error) {
      if (this.#isKept(steps, error)) {
        this.#waiting = [...steps, ...this.#waiting]
        this.#failure = error
        return false
      }
      this.#settle(steps, ({ reject }) => reject(error))
      return true
    }
    this.#settle(steps, ({ resolve }) => resolve())
    return true
  }

  async #perform(steps: readonly Step[]): Promise<void> {
    const [first] = steps
    if (first?.work !== undefined) return first.work()
    const changes = steps.length === 1 ? (first?.changes ?? []) : steps.flatMap((step) => step.changes ?? [])
    await this.#database.commit(changes, this.#now())
  }

  #isKept(steps: readonly Step[], error: unknown): boolean {
    return this.#start === "told" && steps[0]?.changes !== undefined && error instanceof PigeonholeError && error.retryable
  }

  #settle(steps: readonly Step[], how: (step: Step) => void): void {
    for (const { changes, bytes } of steps) {
      this.#size -= changes?.length ?? 0
      this.#bytes -= bytes
    }
    for (const step of steps) how(step)
  }

  #full(): RateLimited {
    const message = `the database is behind by ${this.#size} changes: there is no room for more`
    return new RateLimited(message, { details: { capacity: this.#capacity, waiting: this.#size } })
  }
}

/** As it takes room on its way; a letter of a key counts as one. */
function addBytesOf(sum: number, change: Change): number {
  return sum + change.key.length + (change.type === "put" ? change.value.length : 0)
}
