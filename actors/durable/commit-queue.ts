/**
 * Group commit: what is asked for while a commit is under way, or within one moment, goes into the next one together.
 *
 * Invariants
 * - One commit at a time, and changes in the order they were added: so what is last of a key stays.
 * - What was added in one piece is in one commit, whole. Each waiter is told after the commit that held its changes, and of no other's failure: where
 *   the database refuses what somebody has written, the others are carried out without it.
 * - It is bounded: what waits and what is under way count, and what would be too much is refused before anything is kept.
 * - What is told to the database ahead is the first of what is gathered, and all of it is in the next commit.
 *
 * A moment is over when nothing was added for some rounds of microtasks. A hundred callers that were just answered, and write again, are then in
 * one commit; were the first of them to start it, the others would wait for a second one, and half of the time be lost. Where the database can,
 * it carries out the first while the last are still being decided: that is told ahead, some at a time. For the same reason very many are told of
 * their commit in parts: one has written again before the next is told.
 */

import { Invalid, invalid, PigeonholeError, RateLimited } from "../../src/index.ts"
import type { Change, StoreDatabase } from "./store-database.ts"

/** When a commit begins: by itself, or when its owner says so by `flush` (as an interval goes by). */
export type CommitStart = "itself" | "told"

export interface CommitQueueOptions {
  /** Where commits go. */
  readonly database: Pick<StoreDatabase, "commit">
  /** The calendar, in ms. */
  readonly now: () => number
  /** Tells the database ahead what the next commit is to hold, too. `false`: it has not taken it, and is not to be told again. Default: it takes nothing. */
  readonly ahead?: (changes: readonly Change[]) => boolean
  /** Changes that are told ahead in one go, at least. Default 4. */
  readonly aheadAtOnce?: number
  /** Waiters of one commit, from which on they are told in halves; from half as many more on in thirds. Default 32. */
  readonly manyWaiters?: number
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

/** Enough for what it costs to tell it. */
const DEFAULT_AHEAD_AT_ONCE = 4

/** What the first half write again is carried out by the database while the rest are told; fewer are told as soon. */
const DEFAULT_MANY_WAITERS = 32

/** Of half as many waiters each. With the first the database begins sooner, and with the last it is done sooner; each takes a turn of its owner's. */
const MOST_PARTS = 3

/** Turns of its owner's that a moment may take. */
const MOST_TURNS = 16

/** Told what has become of what was added, in the order it was added: neither may throw. */
export interface Waiter {
  committed(): void
  failed(error: unknown): void
  /** Why changes that were added are not to be made after all: asked right before their commit. `undefined`: they are. Default: they always are. */
  refusal?(): PigeonholeError | undefined
}

/** What is carried out in one go, or in one go with others: changes, or something else that has its place in the order. */
interface Step {
  readonly number: number
  readonly changes: readonly Change[] | undefined
  readonly bytes: number
  readonly work: (() => Promise<void>) | undefined
  readonly waiter: Waiter
}

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
  #ahead: CommitQueueOptions["ahead"]
  readonly #aheadAtOnce: number
  readonly #manyWaiters: number
  #isGathering = false
  /** Of those that wait, the first: so many were told ahead, with so many changes and bytes. */
  #told = 0
  #toldSize = 0
  #toldBytes = 0
  /** Changes that wait, those that were told ahead among them. */
  #waitingSize = 0
  /** What is under way or was last: settles, and never rejects, when all up to `#until` was tried. */
  #work: Promise<void> = Promise.resolve()
  /** Why the last commit failed, where its changes wait for the next. */
  #failure: unknown = undefined

  constructor({ database, now, ahead, others, start = "itself", ...bounds }: CommitQueueOptions) {
    this.#database = database
    this.#now = now
    this.#ahead = ahead
    this.#aheadAtOnce = bounds.aheadAtOnce ?? DEFAULT_AHEAD_AT_ONCE
    this.#manyWaiters = bounds.manyWaiters ?? DEFAULT_MANY_WAITERS
    this.#others = others
    this.#start = start
    this.#capacity = bounds.capacity ?? DEFAULT_CAPACITY
    this.#mostInOne = bounds.mostInOne ?? DEFAULT_MOST_IN_ONE
    this.#capacityBytes = bounds.capacityBytes ?? DEFAULT_CAPACITY_BYTES
    this.#mostBytesInOne = bounds.mostBytesInOne ?? DEFAULT_MOST_BYTES_IN_ONE
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
  add(changes: readonly Change[], refusal?: Waiter["refusal"]): Promise<void> {
    const full = this.refusalOf(changes)
    if (full !== undefined) return Promise.reject(full)
    return new Promise((resolve, reject) => {
      this.put(changes, { committed: resolve, failed: reject, ...(refusal === undefined ? {} : { refusal }) })
    })
  }

  /** The same without a promise, for who has found out by `refusalOf` that there is room. */
  put(changes: readonly Change[], waiter: Waiter): void {
    const bytes = changes.reduce(addBytesOf, 0)
    this.#size += changes.length
    this.#bytes += bytes
    this.#push(changes, bytes, undefined, waiter)
    if (this.#isGathering) this.#tellAhead()
  }

  /** Why these changes cannot be added: there is no room for them now, or there never will be; `undefined`: they can. */
  refusalOf(changes: readonly Change[]): PigeonholeError | undefined {
    if (changes.length > this.#capacity) return invalid("keys", `must be at most ${this.#capacity} in one step; got ${changes.length}`)
    return this.#hasRoomFor(changes.length, changes.reduce(addBytesOf, 0)) ? undefined : this.#full()
  }

  /** Does `work` behind all that was added before it and before all that is added after it: to remove what has expired, say. */
  async inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const results: Result[] = []
    await new Promise<void>((resolve, reject) => {
      this.#push(undefined, 0, async () => void results.push(await work()), { committed: resolve, failed: reject })
    })
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

  #push(changes: Step["changes"], bytes: number, work: Step["work"], waiter: Waiter): void {
    this.#added += 1
    this.#waiting.push({ number: this.#added, changes, bytes, work, waiter })
    this.#waitingSize += changes?.length ?? 0
    if (this.#start === "itself" || work !== undefined) this.#begin(this.#added)
  }

  #begin(until: number): void {
    this.#until = until
    if (!this.#isBusy) this.#work = this.#carryOut()
  }

  async #carryOut(): Promise<void> {
    this.#isBusy = true
    for (let isDone = true; isDone && this.#isDue(); ) {
      if (this.#start === "itself") await this.#moment()
      const told = this.#told
      isDone = await this.#attempt(this.#take(), told, this.#start === "itself")
    }
    // In the same step as the last look: what is added from now on begins anew.
    this.#isBusy = false
    this.#isGathering = false
  }

  #isDue(): boolean {
    const [first] = this.#waiting
    return first !== undefined && first.number <= this.#until
  }

  /** Waits until nothing more is added, or there is enough for one commit. */
  async #moment(): Promise<void> {
    this.#isGathering = true
    this.#tellAhead()
    await this.#gathered()
    this.#isGathering = false
  }

  async #gathered(): Promise<void> {
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

  /** Those that go into this commit whatever comes: as far as there is room in one, and none that is refused. */
  #tellAhead(): void {
    if (this.#ahead === undefined || this.#waitingSize - this.#toldSize < this.#aheadAtOnce) return
    const steps: Step[] = []
    for (let at = this.#told; at < this.#waiting.length; at += 1) {
      const step = this.#waiting[at] as Step
      if (step.changes === undefined || step.waiter.refusal?.() !== undefined || !this.#isAheadWith(step)) break
      steps.push(step)
    }
    if (steps.length === 0) return
    if (this.#ahead(changesOf(steps))) this.#told += steps.length
    else this.#ahead = undefined
  }

  #isAheadWith({ changes, bytes }: Step): boolean {
    const [size, all] = [this.#toldSize + (changes?.length ?? 0), this.#toldBytes + bytes]
    if (size > this.#mostInOne || all > this.#mostBytesInOne) return false
    this.#toldSize = size
    this.#toldBytes = all
    return true
  }

  /** What goes together: changes up to the limits, those that were told ahead among them; or one step that is something else. */
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
    const told = this.#told
    this.#told = this.#toldSize = this.#toldBytes = 0
    const steps = this.#waiting.splice(0, count)
    this.#waitingSize -= steps.reduce(addSizeOf, 0)
    return steps.filter((step, at) => at < told || !this.#isRefused(step))
  }

  #isRefused(step: Step): boolean {
    const error = step.waiter.refusal?.()
    if (error !== undefined) this.#fail([step], error)
    return error !== undefined
  }

  /** False: they wait again, and nothing more is tried for now. `isAll`: nothing else is committed before what is added while they are told. */
  async #attempt(steps: readonly Step[], told: number, isAll = false): Promise<boolean> {
    if (steps.length === 0) return true
    try {
      await this.#perform(steps, told)
    } catch (error) {
      if (this.#isKept(steps, error)) {
        this.#waitAgain(steps)
        this.#failure = error
        return false
      }
      if (error instanceof Invalid && steps.length > 1) return this.#attemptApart(steps)
      this.#fail(steps, error)
      return true
    }
    this.#release(steps)
    await this.#tell(steps, isAll)
    return true
  }

  /**
   * Very many in parts, as many as pay: what each part adds goes ahead while the next is told, and so does what the last one adds. `isAll`: nothing else is
   * committed before that.
   */
  async #tell(steps: readonly Step[], isAll: boolean): Promise<void> {
    const parts = isAll && steps.length >= this.#manyWaiters ? Math.floor((2 * steps.length) / this.#manyWaiters) : 1
    const size = Math.ceil(steps.length / Math.min(parts, MOST_PARTS))
    this.#isGathering = isAll
    let at = 0
    for (; at + size < steps.length; at += size) {
      for (const { waiter } of steps.slice(at, at + size)) waiter.committed()
      await this.#quiet()
      await this.#others?.()
    }
    for (const { waiter } of steps.slice(at)) waiter.committed()
  }

  /** Nothing of them was done, for what one of them is: it is looked for by halves. What rests on it is refused by then. */
  async #attemptApart(steps: readonly Step[]): Promise<boolean> {
    const middle = Math.ceil(steps.length / 2)
    const rest = steps.slice(middle)
    if (await this.#attempt(steps.slice(0, middle), 0)) {
      const open = rest.filter((step) => !this.#isRefused(step))
      return this.#attempt(open, 0)
    }
    this.#waitAgain(rest)
    return false
  }

  #waitAgain(steps: readonly Step[]): void {
    this.#waiting = [...steps, ...this.#waiting].sort((one, other) => one.number - other.number)
    this.#waitingSize += steps.reduce(addSizeOf, 0)
  }

  async #perform(steps: readonly Step[], told: number): Promise<void> {
    const [first] = steps
    if (first?.work !== undefined) return first.work()
    await this.#database.commit(changesOf(steps.slice(told)), this.#now())
  }

  #isKept(steps: readonly Step[], error: unknown): boolean {
    return this.#start === "told" && steps[0]?.changes !== undefined && error instanceof PigeonholeError && error.retryable
  }

  #fail(steps: readonly Step[], error: unknown): void {
    this.#release(steps)
    for (const { waiter } of steps) waiter.failed(error)
  }

  #release(steps: readonly Step[]): void {
    for (const { changes, bytes } of steps) {
      this.#size -= changes?.length ?? 0
      this.#bytes -= bytes
    }
  }

  #full(): RateLimited {
    const message = `the database is behind by ${this.#size} changes: there is no room for more`
    return new RateLimited(message, { details: { capacity: this.#capacity, waiting: this.#size } })
  }
}

function changesOf(steps: readonly Step[]): readonly Change[] {
  const [first] = steps
  return steps.length === 1 ? (first?.changes ?? []) : steps.flatMap((step) => step.changes ?? [])
}

function addSizeOf(sum: number, { changes }: Step): number {
  return sum + (changes?.length ?? 0)
}

/** As it takes room on its way; a letter of a key counts as one. */
function addBytesOf(sum: number, change: Change): number {
  return sum + change.key.length + (change.type === "put" ? change.value.length : 0)
}
