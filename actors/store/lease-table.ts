/**
 * Who holds which lease of a store, and who waits for it.
 *
 * Invariants
 * - A lease has one holder at a time; who waits for it gets it in the order of asking.
 * - One whose time is over, or whose holder has given it back, is free at once, whether the store has heard of it or not.
 * - What nobody holds takes no room. Those who hold or wait are bounded together.
 *
 * Apart from the entries: a lease is never evicted, and counts as no entry. Outlives an incarnation whose state is retained.
 */

import { Canceled, Conflict, type Failure, failure, Invalid, RateLimited, shown, type Timer } from "../../src/index.ts"
import { ExpiryHeap } from "./expiry-heap.ts"
import type { FenceCount } from "./fences.ts"
import type { Incarnation } from "./incarnation.ts"
import type { LeaseGiver, LeaseGrant, LeaseQuery, LeaseToken } from "./lease-token.ts"
import { NEVER } from "./lifetime.ts"
import { doLater, OwnWork } from "./own-work.ts"
import { LATEST_MS } from "./time-to-live.ts"

/** Leases of one store that are held or waited for. */
const MOST_LEASES = 65_536
const GIVEN_BACK = "its mailbox was given back"
/** Leases that end in one turn. */
const ENDED_AT_ONCE = 512

/** Who holds a lease, and until when. */
export interface LeaseInfo {
  readonly key: string
  /** The id of the principal that it was given to. */
  readonly holder: string
  /** Greater than that of every lease before it. */
  readonly fence: number
  /** In ms since 1970, by the host's calendar; `undefined`: until it is given back. */
  readonly expiresAt: number | undefined
}

export class LeaseTable implements LeaseGiver {
  readonly #fences: FenceCount
  /** By key, the holder first, then who waits. */
  readonly #byKey = new Map<string, Set<LeaseToken>>()
  readonly #byAttachment = new Map<number, Set<LeaseToken>>()
  readonly #deadlines = new ExpiryHeap()
  /** By their places in the heap. */
  readonly #slots: (LeaseToken | undefined)[] = []
  readonly #free: number[] = []
  #size = 0
  #incarnation: Incarnation | undefined = undefined
  /** The incarnation is to end, or has ended: what it said does not count until the next one takes it over. */
  #isOver = false
  #isHeard = false
  #timer: Timer | undefined = undefined
  #timerAt = NEVER

  constructor(fences: FenceCount) {
    this.#fences = fences
  }

  /** The incarnation it belongs to from now on. Whoever waited for an answer of the one before has had an error. */
  adopt(incarnation: Incarnation): void {
    this.#incarnation = incarnation
    this.#isOver = false
    this.#isHeard = false
    this.#timer = undefined
    this.#timerAt = NEVER
    for (const token of this.#all()) if (token.hasLeft || token.fence === 0) this.#remove(token)
    if (this.#size > 0) this.#hear(incarnation)
    this.#plan()
  }

  get size(): number {
    return this.#size
  }

  // -- operations ----------------------------------------------------------------------------------------------

  /** What whoever asks is told; `waits`: it will be told later. */
  take(token: LeaseToken): LeaseGrant | Failure | "waits" {
    if (token.hasLeft) return failure(new Canceled("the lease was given up before it was given"))
    // It has its place: the request was cut short, and is handled again.
    if (token.table === this) return token.fence === 0 ? "waits" : this.#lasts(token, this.#now())
    if (this.#now() + token.ttlMs > LATEST_MS && token.ttlMs !== NEVER) return failure(tooLongError(token))
    const holder = this.#holderOf(token.key)
    if (holder !== undefined && !token.waits) return failure(this.#heldError(holder))
    if (this.#size >= MOST_LEASES) return failure(fullError(token.key))
    this.#add(token)
    return holder === undefined ? this.#grant(token) : "waits"
  }

  renew(token: LeaseToken, ttlMs: number): LeaseGrant | Failure {
    if (!this.knows(token)) return failure(lostError(token))
    const now = this.#now()
    if (now + ttlMs > LATEST_MS && ttlMs !== NEVER) return failure(tooLongError(token))
    token.ttlMs = ttlMs
    return this.#lasts(token, now)
  }

  holder(key: string): LeaseInfo | undefined {
    const holder = this.#holderOf(key)
    return holder === undefined ? undefined : this.#shown(holder)
  }

  /** `true`: it is held no longer; `false`: another lease is there now, or none. */
  break({ key, fence, by }: LeaseQuery): boolean {
    const holder = this.#holderOf(key)
    if (holder?.fence !== fence) return false
    this.#end(holder, `broken by ${by}`)
    return true
  }

  /** Its time is not over, and nobody has taken it back. */
  isHeldBy(token: LeaseToken): boolean {
    return !this.#isOver && this.knows(token)
  }

  /** As `isHeldBy`, in the store's turn: which may be the last one of an incarnation. */
  knows(token: LeaseToken): boolean {
    return token.table === this && token.fence !== 0 && !token.hasLeft && this.#now() < token.deadline
  }

  // -- leaving -------------------------------------------------------------------------------------------------

  /** May be called from outside of the store's turn. */
  leaveSoon(token: LeaseToken): void {
    const { self } = this.#incarnation ?? {}
    // Where its incarnation has ended, the next one looks for who has left.
    if (self !== undefined) doLater(self, () => this.#end(token, undefined))
  }

  /** A mailbox was given back, or its caller has died. */
  leaveAll(attachment: number): void {
    const tokens = [...(this.#byAttachment.get(attachment) ?? [])]
    // None of them is to be given what another one leaves.
    for (const token of tokens.filter(({ fence }) => fence === 0)) {
      this.#end(token, GIVEN_BACK)
      token.deferred?.fail(new Canceled("the mailbox was given back before the lease was given", ofKey(token)))
    }
    for (const token of tokens) this.#end(token, GIVEN_BACK)
  }

  /** No longer held or waited for; its place is the next one's. `why`: as its holder did not give it back itself. */
  #end(token: LeaseToken, why: string | undefined): void {
    if (token.table !== this) return
    const tokens = this.#byKey.get(token.key)
    const [first] = tokens ?? []
    this.#remove(token)
    token.lostBy = why
    token.tenure.end()
    if (first === token && tokens !== undefined) this.#pass(tokens)
  }

  /** To the first who still waits for it. */
  #pass(tokens: ReadonlySet<LeaseToken>): void {
    for (const next of tokens) {
      if (!next.hasLeft && next.deferred?.reply(this.#grant(next)) === true) return
      // Its time was over before it was given.
      this.#remove(next)
    }
  }

  // -- what is so now ------------------------------------------------------------------------------------------

  #now(): number {
    return (this.#incarnation as Incarnation).now()
  }

  /** Who holds it now. What is over is seen to by the look. */
  #holderOf(key: string): LeaseToken | undefined {
    for (;;) {
      const [first] = this.#byKey.get(key) ?? []
      if (first === undefined || this.knows(first)) return first
      this.#end(first, first.hasLeft ? undefined : "its time was over")
    }
  }

  #grant(token: LeaseToken): LeaseGrant {
    const incarnation = this.#incarnation as Incarnation
    this.#hear(incarnation)
    token.fence = this.#fences.next(incarnation.self.systemTime())
    token.tenure.begin()
    return this.#lasts(token, incarnation.now())
  }

  #lasts(token: LeaseToken, now: number): LeaseGrant {
    token.deadline = Math.min(now + token.ttlMs, token.ttlMs === NEVER ? NEVER : LATEST_MS)
    if (token.deadline === NEVER) this.#deadlines.cancel(token.slot)
    else this.#deadlines.schedule(token.slot, token.deadline)
    this.#plan()
    return { fence: token.fence, expiresAt: this.#shown(token).expiresAt }
  }

  #shown({ key, holder, fence, deadline }: LeaseToken): LeaseInfo {
    return Object.freeze({ key, holder, fence, expiresAt: (this.#incarnation as Incarnation).expiresAt(deadline) })
  }

  #heldError(holder: LeaseToken): Conflict {
    const { expiresAt } = this.#shown(holder)
    const message = `the lease of ${shown(holder.key)} is held by ${holder.holder}`
    return new Conflict(message, { details: { ...ofKey(holder).details, holder: holder.holder, fence: holder.fence, expiresAt } })
  }

  // -- places --------------------------------------------------------------------------------------------------

  #all(): LeaseToken[] {
    return [...this.#byKey.values()].flatMap((tokens) => [...tokens])
  }

  #add(token: LeaseToken): void {
    addTo(this.#byKey, token.key, token)
    addTo(this.#byAttachment, token.attachment, token)
    token.slot = this.#free.pop() ?? this.#slots.length
    this.#slots[token.slot] = token
    this.#size += 1
    token.table = this
  }

  #remove(token: LeaseToken): void {
    token.table = undefined
    this.#deadlines.cancel(token.slot)
    this.#slots[token.slot] = undefined
    this.#free.push(token.slot)
    this.#size -= 1
    removeFrom(this.#byKey, token.key, token)
    removeFrom(this.#byAttachment, token.attachment, token)
  }

  // -- time ----------------------------------------------------------------------------------------------------

  /** Whoever waits gets it when its time is over, and not only when somebody looks. */
  #plan(): void {
    const at = this.#deadlines.earliest()
    const { self, now } = this.#incarnation as Incarnation
    if (at >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = self.after(Math.max(at - now(), 0), new OwnWork(() => this.#due()))
  }

  #due(): void {
    this.#timerAt = NEVER
    const now = this.#now()
    for (let left = ENDED_AT_ONCE; left > 0; left -= 1) {
      const token = this.#slots[this.#deadlines.nextDue(now)]
      if (token === undefined) break
      this.#end(token, "its time was over")
    }
    this.#plan()
  }

  #hear(incarnation: Incarnation): void {
    if (this.#isHeard) return
    this.#isHeard = true
    incarnation.whenOver(() => this.#over(incarnation))
  }

  /** Who holds one asks the next incarnation whether that knows of it. */
  #over(incarnation: Incarnation): void {
    if (incarnation !== this.#incarnation) return
    this.#isOver = true
    for (const { tenure } of this.#all()) tenure.end()
  }
}

function addTo<Key>(index: Map<Key, Set<LeaseToken>>, key: Key, token: LeaseToken): void {
  index.set(key, (index.get(key) ?? new Set()).add(token))
}

function removeFrom<Key>(index: Map<Key, Set<LeaseToken>>, key: Key, token: LeaseToken): void {
  const tokens = index.get(key)
  tokens?.delete(token)
  if (tokens?.size === 0) index.delete(key)
}

function ofKey({ key }: LeaseToken): { readonly details: { readonly field: string; readonly key: string } } {
  return { details: { field: "key", key } }
}

/** The lease is not its holder's any more. */
export function lostError({ key, fence, hasLeft, lostBy }: LeaseToken): Conflict {
  const why = lostBy ?? (hasLeft ? "it was given back" : "the store has ended")
  return new Conflict(`the lease of ${shown(key)} is no longer held: ${why}`, {
    details: { field: "key", key, fence, cause: why },
  })
}

function fullError(key: string): RateLimited {
  const details = { field: "key", key, capacity: MOST_LEASES }
  return new RateLimited(`as many leases are held or waited for as a store has (${MOST_LEASES})`, { details })
}

function tooLongError({ key, ttlMs }: LeaseToken): Invalid {
  const message = `ttl must be a number of seconds whose end can be counted in ms (up to 2 ** 53), or Infinity; got ${ttlMs / 1000}`
  return new Invalid(message, { details: { field: "ttl", key } })
}
