/**
 * What waits for a process: a ring of envelopes, and beside it what a selective receive has left, and what its process has put aside.
 *
 * Invariants
 * - Only messages are counted. Signals and markers stand in the same ring, in order.
 * - What has come in leaves once: shifted to its process, or taken out by who hands it back or reports it.
 *
 * Not here: who may post, and what becomes of what is left (`inbox.ts`).
 */

import { Aside } from "./aside.ts"
import type { Audience } from "./audience.ts"
import { type Carrier, type Envelope, isOpen, isOpenMessage } from "./envelope.ts"
import { armEnvelope } from "./request-watch.ts"
import { Ring } from "./ring.ts"
import type { SystemRequest } from "./system-request.ts"

/** Of all inboxes in which nothing has waited; never written. */
const NO_ENVELOPES = new Ring<Envelope>()

class Beside {
  /** Taken up by a selective receive and not wanted yet; older than all in the ring. */
  held: Ring<Envelope> | undefined = undefined
  /** Put aside by its process until it wants them back; nobody is given one before. */
  aside: Aside | undefined = undefined
  /** Whether there may be requests whose time has run out among what was put aside. */
  hasAbandonedAside = false
  /** Who is told more than answers. */
  audience: Audience | undefined = undefined
  /** So many more may stand in the inbox than its capacity: its owner hands them on as soon as it comes to them. */
  surplus = 0
}

export abstract class InboxQueue {
  readonly kernel: Carrier
  /** Whether the kernel will come by for those whose deadline is not armed. */
  isNoted = false
  /** One of its own once something has waited in it. */
  #ring = NO_ENVELOPES
  /** What most inboxes have nothing of. */
  #beside: Beside | undefined = undefined
  #messages = 0
  /** So many at the head of the ring have their deadline armed. */
  #armed = 0
  /** Messages whose time has run out, wherever they stand; they take no room, and are skipped when their turn comes. */
  #abandoned = 0

  constructor(kernel: Carrier) {
    this.kernel = kernel
  }

  /** There is something to do for its process. */
  protected abstract wakeOwner(): void

  /** Messages waiting; signals are not counted, nor requests whose time has run out. */
  get size(): number {
    return this.#messages - this.#abandoned
  }

  get isEmpty(): boolean {
    return this.#ring.size === 0
  }

  get audience(): Audience | undefined {
    return this.#beside?.audience
  }

  set audience(audience: Audience | undefined) {
    this.#own().audience = audience
  }

  /** So many more may stand in it than its capacity: its owner hands them on as soon as it comes to them. */
  get surplus(): number {
    return this.#beside === undefined ? 0 : this.#beside.surplus
  }

  set surplus(surplus: number) {
    this.#own().surplus = surplus
  }

  #own(): Beside {
    this.#beside ??= new Beside()
    return this.#beside
  }

  /** The ring, to put something in. */
  #filling(): Ring<Envelope> {
    if (this.#ring === NO_ENVELOPES) this.#ring = new Ring()
    return this.#ring
  }

  get #held(): Ring<Envelope> | undefined {
    return this.#beside?.held
  }

  get #aside(): Aside | undefined {
    return this.#beside?.aside
  }

  #ownAside(): Aside {
    const beside = this.#own()
    beside.aside ??= new Aside()
    return beside.aside
  }

  /** Counted when it is in: the sender's stack may end in the middle. */
  protected push(envelope: Envelope): void {
    this.#filling().push(envelope)
    if (envelope.kind === "message") this.#messages += 1
  }

  protected pushFirst(signal: Envelope): void {
    this.#filling().unshift(signal)
  }

  shift(): Envelope | undefined {
    const envelope = this.#ring.shift()
    if (this.#armed > 0) this.#armed -= 1
    if (envelope !== undefined && envelope.kind === "message") this.#left(envelope)
    return envelope
  }

  /** As `shift`, where it is a message that stands first; what the runtime sends is for a turn. */
  shiftMessage(): Envelope | undefined {
    return this.#ring.peek()?.kind === "message" ? this.shift() : undefined
  }

  /** Arms the deadlines of what waits. */
  armWaiting(now: number): void {
    this.#ring.forEachFrom(this.#armed, (envelope) => armEnvelope(envelope, now))
    this.#armed = this.#ring.size
  }

  /** Puts an envelope that was shifted behind the other held ones. */
  hold(envelope: Envelope): void {
    const beside = this.#own()
    beside.held ??= new Ring()
    this.kernel.armRequest(envelope)
    beside.held.push(envelope)
    if (envelope.kind === "message") this.#messages += 1
  }

  /** An envelope that was shifted will be put aside: its place there is behind all that were asked for before. */
  reserveAside(envelope: Envelope): void {
    this.#ownAside().reserve(envelope)
  }

  /**
   * Puts an envelope that was shifted aside, at its place, behind the others where it has none; before what waits, where it was to be put
   * back meanwhile. If a handler had it, it counts as not handled.
   */
  setAside(envelope: Envelope): void {
    const aside = this.#takenBack(envelope)
    if (!aside.add(envelope)) this.#bringBack(aside, [envelope])
  }

  /** As `setAside`, until the next `putBack`, at the place that it had when it was put aside first: in the order of arrival. */
  postpone(envelope: Envelope): void {
    this.#takenBack(envelope).postpone(envelope)
  }

  /** Counts it as waiting. */
  #takenBack(envelope: Envelope): Aside {
    if (envelope.isTaken && envelope.kind === "message") this.kernel.counters.handled -= 1
    envelope.isTaken = false
    this.kernel.armRequest(envelope)
    if (envelope.kind === "message") this.#messages += 1
    return this.#ownAside()
  }

  /** Envelopes that were put aside, but for requests whose time has run out. */
  get asideSize(): number {
    const beside = this.#beside
    if (beside?.aside === undefined) return 0
    // One pass for all that have run out since the last one.
    if (beside.hasAbandonedAside) for (const envelope of beside.aside.partition(isOpen)) this.#left(envelope)
    beside.hasAbandonedAside = false
    return beside.aside.size
  }

  /** Whether one more may be put aside, beside `coming` others; those whose time has run out take no room. Cost O(aside) where it is full. */
  hasRoomAside(capacity: number, coming = 0): boolean {
    return this.asideSize + coming < capacity
  }

  /** Whether somebody waits for the answer to what was put aside. Cost O(aside). */
  get isOwing(): boolean {
    return this.#aside?.has(({ isRequest, isSettled }) => isRequest && !isSettled) ?? false
  }

  /** Puts what was put aside before all else that waits, in its order; `present`, the message of the handler that asks, stays. Cost O(aside). */
  putBack(present?: Envelope): void {
    const aside = this.#aside
    if (aside === undefined) return
    const envelopes = aside.callBack(present)
    if (envelopes.length > 0) this.#bringBack(aside, envelopes)
  }

  #bringBack(aside: Aside, envelopes: readonly Envelope[]): void {
    // What a selective receive holds is looked at before the ring.
    aside.bringBack(this.#held !== undefined && this.isHolding ? this.#held : this.#filling(), envelopes)
    this.wakeOwner()
  }

  /** So many at most of what waits, the oldest first; it stays. */
  first(most: number): readonly Envelope[] {
    return [...(this.#held?.first(most) ?? []), ...this.#ring.first(most), ...(this.#aside?.first(most) ?? [])].slice(0, most)
  }

  /** What stands first in the ring; it stays. */
  protected get head(): Envelope | undefined {
    return this.#ring.peek()
  }

  /** What stands in the ring, the oldest first; it stays. Cost O(waiting). */
  get queued(): readonly Envelope[] {
    return this.#ring.first(this.#ring.size)
  }

  /** Moves a waiting envelope before the others in the ring. Cost O(what stands before it). */
  bringForward(envelope: Envelope): void {
    if (this.#ring.take((other) => other === envelope) !== undefined) this.#ring.unshift(envelope)
  }

  /** Takes out the signal or system request of that argument. Cost O(what stands before it). */
  withdraw(argument: unknown): void {
    this.#armed = Math.max(0, this.#armed - 1)
    this.#ring.take((envelope) => envelope.kind !== "message" && envelope.argument === argument)
  }

  /** Whether no message takes room in it, wherever it stands. */
  get isVacant(): boolean {
    return this.#messages === 0
  }

  /** Whether a selective receive has left something. */
  get isHolding(): boolean {
    return this.#held !== undefined && this.#held.size > 0
  }

  /** The first held envelope that `wanted` accepts; the others stay in order. Cost O(held). */
  takeHeld(wanted: (envelope: Envelope) => boolean): Envelope | undefined {
    const envelope = this.#held?.take(wanted)
    if (envelope !== undefined && envelope.kind === "message") this.#left(envelope)
    return envelope
  }

  /** The first signal or marker that waits and is `wanted`, taken out of the queue. Cost O(what stands before it). */
  takeNotice(wanted: (notice: Envelope) => boolean): Envelope | undefined {
    return this.#take((envelope) => envelope.kind !== "message" && wanted(envelope))
  }

  /** The first system request that waits, taken out of the queue. Cost O(what stands before it). */
  takeSystem(): SystemRequest | undefined {
    return this.takeNotice(({ kind }) => kind === "system")?.argument as SystemRequest | undefined
  }

  /** Notes that a waiting message's time has run out. */
  abandon(): void {
    this.#abandoned += 1
    if (this.#beside?.aside !== undefined) this.#beside.hasAbandonedAside = true
  }

  /** Of most processes that end. */
  protected get hasNothing(): boolean {
    return this.isEmpty && this.#held === undefined && this.#aside === undefined
  }

  /** Whether one more message is too many, those counted whose time has run out. */
  protected isCrowded(capacity: number): boolean {
    return this.#messages >= capacity
  }

  /** Takes out those whose time has run out, where they are a quarter of `capacity`: a pass over the queue must be worth it. */
  protected sweep(capacity: number): void {
    if (this.#abandoned * 4 >= capacity) this.takeOut(isOpen)
  }

  /** Takes out whatever is not `kept`, the oldest first. Cost O(waiting). */
  protected takeOut(kept: (envelope: Envelope) => boolean): readonly Envelope[] {
    // What is kept may stand elsewhere now, so all of it is looked at again.
    this.#armed = 0
    const out = [...(this.#aside?.partition(kept) ?? []), ...(this.#held?.partition(kept) ?? []), ...this.#ring.partition(kept)]
    for (const envelope of out) if (envelope.kind === "message") this.#left(envelope)
    return out
  }

  /** Takes out the oldest message whose time has not run out. Cost O(what stands before it). */
  protected takeOldest(): Envelope | undefined {
    const oldest = this.#aside?.take(isOpenMessage) ?? this.#held?.take(isOpenMessage) ?? this.#take(isOpenMessage)
    if (oldest !== undefined) this.#left(oldest)
    return oldest
  }

  /** Where what is taken stood before the armed ones end, there is one less of them; elsewhere one is looked at again. */
  #take(wanted: (envelope: Envelope) => boolean): Envelope | undefined {
    this.#armed = Math.max(0, this.#armed - 1)
    return this.#ring.take(wanted)
  }

  #left(envelope: Envelope): void {
    this.#messages -= 1
    if (envelope.isSettled) this.#abandoned -= 1
  }
}
