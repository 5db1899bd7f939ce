/** A running watch, as its caller has it: an async iterable of what happens to the keys that it is about. */

import { Canceled, invalid, type MailboxPort, Self, shown, Unavailable } from "../../src/index.ts"
import { CallerSignal } from "./caller-signal.ts"
import type { Frozen } from "./frozen.ts"
import { versionOf } from "./store-version.ts"
import { shareOut } from "./stored-value.ts"
import type { Change, WatchEvent } from "./watch-event.ts"
import { WatchNotice } from "./watch-notice.ts"
import { versionOfAll, type WatchStrand } from "./watch-strand.ts"

/** What stands behind a watch. */
export interface WatchPlan {
  /** The mailbox's. */
  readonly port: MailboxPort
  /** Who tells it. */
  readonly strands: readonly WatchStrand[]
  readonly signal: AbortSignal | undefined
}

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

/**
 * A running watch: what `watch` gives. It begins behind what its mailbox has posted, and waits for its reader, as far as there is room.
 *
 * Ends    with the loop over it, `close`, the mailbox or its caller; with an error, once: `Canceled` (its signal), `PermissionDenied` (the policies
 *         allow it no longer: nothing is told from then on), `Unavailable` (the store is stopped, or given up), and what `watch` itself may be refused
 *         with, when it begins and when the store was started anew (`RateLimited`: its inbox is full). What had happened before a store ends or a
 *         mailbox is given back is told first.
 */
export class StoreWatch<Value = unknown> implements AsyncIterableIterator<WatchEvent<Value>, undefined> {
  readonly #port: MailboxPort
  readonly #strands: readonly WatchStrand[]
  readonly #signal: CallerSignal | undefined
  /** Of those who have asked for what is next, the last one; `undefined` where none of them waits. */
  #asked: Promise<unknown> | undefined = undefined
  /** Whose turn it is to tell: none is kept waiting by another that has much to tell. */
  #turn = 0
  #isSent = false

  constructor({ port, strands, signal }: WatchPlan) {
    this.#port = port
    this.#strands = strands
    this.#signal = signal === undefined ? undefined : new CallerSignal(signal, (cause) => this.#leave(canceledError(cause), true))
    for (const strand of strands) if (strand.end === undefined) void strand.keep()
  }

  /** Whether something may come yet. */
  get isActive(): boolean {
    return this.#strands.some(({ isActive }) => isActive)
  }

  /** Up to where all was told, for another watch to go on `from`; `undefined` until it has begun, and while what is there is told. */
  get version(): string | undefined {
    return versionOfAll(this.#strands)
  }

  /** What comes next, once it comes. Of several who ask, each gets another one, in the order of asking. */
  next(): Promise<IteratorResult<WatchEvent<Value>, undefined>> {
    if (this.#isSent) return this.#port.refused(invalid("watch", "sends what it has to a process, and gives it to nobody else"))
    return this.#port.unheardAfterEnd(this.#next())
  }

  /** Ends it, as leaving a loop does. */
  async return(): Promise<IteratorResult<WatchEvent<Value>, undefined>> {
    this.close()
    return DONE
  }

  /** Ends it; what waits is not told any more. A no-op where it has ended. */
  close(): void {
    this.#leave(undefined, true)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Ends it on leaving an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /**
   * Sends what comes to the process as messages (`isWatchNotice`), the end too, in place of giving it to a loop; it ends with the process. Where the
   * inbox is full, the process is told of a `gap` once something else has happened and there is room.
   *
   * Errors  Invalid, for what is no `self`, and for a watch that is sent already.
   *
   * @example
   * const seen: string[] = []
   * const observer = actor(async (self) => {
   *   const users = await self.acquire("app:cache", { as: StoreMailbox<User> })
   *   const watch = users.watch({ prefix: "user:" }).sendTo(self)
   *   await users.set("user:1", { name: "Alice" })
   *   const notice = await self.receive(isWatchNotice)
   *   seen.push(`${notice.event?.type} ${notice.event?.key} ${notice.watch === watch}`)
   * })
   * await runtime.whenEnded(runtime.spawn(observer))
   * seen // => ["set user:1 true"]
   */
  sendTo(self: Self): this {
    if (!isSelf(self)) throw invalid("self", `must be the self of a process; got ${shown(self)}`)
    if (this.#isSent) throw invalid("watch", "sends what it has to a process already")
    this.#isSent = true
    void this.#send(self)
    return this
  }

  // -- telling -------------------------------------------------------------------------------------------------

  /** What is there is given at once: who reads as it comes is as quick as who writes. */
  #next(): Promise<IteratorResult<WatchEvent<Value>, undefined>> {
    const next = this.#asked?.then(() => this.#take()) ?? this.#take()
    const over = (): void => {
      if (this.#asked === asked) this.#asked = undefined
    }
    const asked = next.then(over, over)
    this.#asked = asked
    return next
  }

  async #take(): Promise<IteratorResult<WatchEvent<Value>, undefined>> {
    for (;;) {
      const strand = this.#ready()
      if (strand !== undefined) {
        const event = this.#toldBy(strand)
        if (event !== undefined) return { done: false, value: event }
      } else if (this.#strands.every(({ end }) => end !== undefined)) return this.#over()
      else await this.#arrival()
    }
  }

  #arrival(): Promise<void> {
    return Promise.race(this.#strands.map((strand) => strand.arrival()))
  }

  #ready(): WatchStrand | undefined {
    const { length } = this.#strands
    for (let tried = 0; tried < length; tried += 1) {
      const strand = this.#strands[this.#turn]
      this.#turn = (this.#turn + 1) % length
      if (strand?.isReady === true) return strand
    }
    return undefined
  }

  /** `undefined`: nothing that is told, or that may be told any more. */
  #toldBy(strand: WatchStrand): WatchEvent<Value> | undefined {
    const change = strand.peek()
    if (change === undefined) return this.#wordless(strand)
    const refusal = strand.refusal()
    if (refusal !== undefined) return this.#leave(refusal, true)
    const event = shownEvent<Value>(change)
    strand.told(change, this, event)
    // Whoever forgets all at those has to be told all that is there, by the others too.
    if (change.type === "gap" || change.type === "reset") for (const other of this.#strands) if (other !== strand) other.retell()
    return event
  }

  /** All was told that waited, and then something was left out, or it has ended. */
  #wordless(strand: WatchStrand): undefined {
    const { end } = strand
    if (end === undefined) return void strand.recover()
    this.#leave(undefined, true)
    this.#over()
    throw end.error
  }

  #over(): IteratorReturnResult<undefined> {
    this.#signal?.leave()
    for (const strand of this.#strands) strand.conclude()
    return DONE
  }

  #leave(error: unknown, isAtOnce: boolean): undefined {
    this.#signal?.leave()
    for (const strand of this.#strands) strand.leave(error, isAtOnce)
  }

  // -- messages --------------------------------------------------------------------------------------------------

  async #send(self: Self): Promise<void> {
    try {
      for (let next = await this.#next(); next.done !== true; next = await this.#next()) {
        if (self.tell(self.pid, new WatchNotice(this, next.value, undefined))) continue
        for (const strand of this.#strands) strand.discard()
        await this.#arrival()
      }
      sendEnd(self, new WatchNotice(this, undefined, undefined))
    } catch (error) {
      this.close()
      sendEnd(self, new WatchNotice(this, undefined, error))
    }
  }
}

function isSelf(self: unknown): self is Self {
  try {
    return self instanceof Self
  } catch {
    // A proxy may throw at any look.
    return false
  }
}

/** Nobody hears of it where the process has ended. */
function sendEnd(self: Self, notice: WatchNotice): void {
  try {
    self.tell(self.pid, notice)
  } catch {
    // It is why the watch has ended.
  }
}

function canceledError(cause: unknown): Canceled {
  return new Canceled("the watch was canceled by its caller's signal", { cause, details: { operation: "watch" } })
}

/** `undefined` for what tells nothing. */
function shownEvent<Value>({ type, key, stored, epoch, count, cause }: Change): WatchEvent<Value> | undefined {
  if (type === "mark") return undefined
  const value = type === "set" ? frozen<Value>(stored, key) : undefined
  return Object.freeze({ type, key, value, version: versionOf(epoch, count), cause }) as WatchEvent<Value>
}

function frozen<Value>(stored: unknown, key: string | undefined): Frozen<Value> {
  try {
    return shareOut(stored) as Frozen<Value>
  } catch (cause) {
    throw new Unavailable("there is no room for a copy of the value", { details: { field: "key", key }, cause })
  }
}
