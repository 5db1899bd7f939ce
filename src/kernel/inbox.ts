/**
 * The queue of messages waiting for a process, seen from inside: a ring of envelopes with a capacity.
 *
 * Invariants
 * - Only messages count against the capacity. Signals and markers stand in the same ring, in order, and are
 *   never refused, dropped or pushed out.
 * - What was accepted leaves in one of three ways: shifted to its process, handed back to its asker, reported.
 * - An inbox may outlive its process: a service's is handed from one incarnation to the next, and
 *   while there is none, messages wait in it and their deadlines run on.
 */

import { Aside } from "./aside.ts"
import { type Envelope, type EnvelopeKind, isOpen, isOpenMessage, type Origin } from "./envelope.ts"
import { type PigeonholeError, RateLimited } from "./errors.ts"
import { type ExitReason, exitError } from "./exit-reason.ts"
import { type Closing, closingError, endsToo, Leaving } from "./inbox-closing.ts"
import { type InboxLife, type InboxOptions, type InboxRules, type Overflow, rulesOf } from "./inbox-rules.ts"
import type { Kernel } from "./kernel.ts"
import type { Pid } from "./pid.ts"
import type { Process } from "./process.ts"
import { Ring } from "./ring.ts"
import { Unshown } from "./sort.ts"
import type { SystemRequest } from "./system-request.ts"
import type { UndeliveredCause } from "./trace.ts"

export class Inbox {
  readonly kernel: Kernel
  /** A name, or the pid of the first process that reads it. */
  #name: string | Pid
  readonly #rules: InboxRules
  #owner: Process | undefined = undefined
  /** Its owner, while it takes posts: who may be given a request where it is asked. */
  attendant: Process | undefined = undefined
  /** Whether each message comes with its sender's async context, as its owner, or the last one, wants it. */
  takesContexts = false
  readonly #ring = new Ring<Envelope>()
  /** Taken up by a selective receive and not wanted yet; older than all in the ring. */
  #held: Ring<Envelope> | undefined = undefined
  /** Put aside by its process until it wants them back; nobody is given one before. */
  #aside: Aside | undefined = undefined
  #messages = 0
  /** So many at the head of the ring have their deadline armed. */
  #armed = 0
  /** Whether the kernel will come by for those that have not. */
  isNoted = false
  /** Messages whose time has run out, wherever they stand; they take no room, and are skipped when their turn comes. */
  #abandoned = 0
  /** Whether there may be some of them among what was put aside. */
  #hasAbandonedAside = false
  /** What refuses posts: what makes the error, why its process has ended, or why it is about to. */
  #closed: Closing | undefined = undefined
  /** What refuses messages while its process serves those it has: what makes the error. */
  #draining: (() => PigeonholeError) | undefined = undefined

  constructor(kernel: Kernel, label: string, options?: InboxOptions, life: InboxLife = "process") {
    this.kernel = kernel
    this.#name = label
    this.#rules = rulesOf(options, life)
  }

  /** Who reads it now; `undefined` between two incarnations. */
  get owner(): Process | undefined {
    return this.#owner
  }

  set owner(owner: Process | undefined) {
    this.#owner = owner
    this.attendant = this.isClosed ? undefined : owner
    if (owner !== undefined) this.takesContexts = owner.takesContexts
  }

  /** How errors and reports call whoever reads it; where it was made without a name, its process's pid. */
  get label(): string {
    return String(this.#name)
  }

  get capacity(): number {
    return this.#rules.capacity
  }

  get overflow(): Overflow {
    return this.#rules.overflow
  }

  /** Takes the process's pid for a name where it has none. Spelled out when it is asked for: most never are. */
  nameAfter(pid: Pid): void {
    if (this.#name === "") this.#name = pid
  }

  /** What a report may show of a message that was sent to it: of one to a service its sort. */
  shown(message: unknown): unknown {
    return this.isOfService ? new Unshown(message) : message
  }

  get isOfService(): boolean {
    return this.#rules.life === "service"
  }

  /** Messages waiting; signals are not counted, nor requests whose time has run out. */
  get size(): number {
    return this.#messages - this.#abandoned
  }

  get isEmpty(): boolean {
    return this.#ring.size === 0
  }

  /** Takes the envelope in, or says why not; then it was neither kept nor counted as accepted. `isOwn`: its process sends it to itself. */
  post(envelope: Envelope, isOwn = false): PigeonholeError | undefined {
    if (this.#closed !== undefined && !this.#isKept(envelope)) return closingError(this.label, this.#closed)
    if (envelope.kind !== "message") this.#ring.push(envelope)
    else {
      if (this.#draining !== undefined && !isOwn) return this.#draining()
      if (this.#messages >= this.#rules.capacity && !this.#makeRoom()) return this.#full()
      // Counted when it is in: the sender's stack may end in the middle.
      this.#ring.push(envelope)
      this.#messages += 1
      this.kernel.counters.accepted += 1
    }
    this.owner?.wake()
    return undefined
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
    this.#ring.forEachFrom(this.#armed, (envelope) => envelope.arm(now))
    this.#armed = this.#ring.size
  }

  /** Posts a signal that comes before all that waits. A no-op where nobody will read it. */
  postFirst(envelope: Envelope): void {
    if (this.#closed !== undefined) return
    this.#ring.unshift(envelope)
    this.owner?.wake()
  }

  /** Puts an envelope that was shifted behind the other held ones. */
  hold(envelope: Envelope): void {
    this.#held ??= new Ring()
    this.kernel.armRequest(envelope)
    this.#held.push(envelope)
    if (envelope.kind === "message") this.#messages += 1
  }

  /** An envelope that was shifted will be put aside: its place there is behind all that were asked for before. */
  reserveAside(envelope: Envelope): void {
    this.#aside ??= new Aside()
    this.#aside.reserve(envelope)
  }

  /**
   * Puts an envelope that was shifted aside, at its place, behind the others where it has none; before what waits, where it was to be put
   * back meanwhile. If a handler had it, it counts as not handled.
   */
  setAside(envelope: Envelope): void {
    this.#aside ??= new Aside()
    if (envelope.isTaken && envelope.kind === "message") this.kernel.counters.handled -= 1
    envelope.isTaken = false
    this.kernel.armRequest(envelope)
    if (envelope.kind === "message") this.#messages += 1
    if (!this.#aside.add(envelope)) this.#bringBack(this.#aside, [envelope])
  }

  /** Envelopes that were put aside, but for requests whose time has run out. */
  get asideSize(): number {
    if (this.#aside === undefined) return 0
    // One pass for all that have run out since the last one.
    if (this.#hasAbandonedAside) for (const envelope of this.#aside.partition(isOpen)) this.#left(envelope)
    this.#hasAbandonedAside = false
    return this.#aside.size
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
    if (this.#aside === undefined) return
    const envelopes = this.#aside.callBack(present)
    if (envelopes.length > 0) this.#bringBack(this.#aside, envelopes)
  }

  #bringBack(aside: Aside, envelopes: readonly Envelope[]): void {
    // What a selective receive holds is looked at before the ring.
    aside.bringBack(this.#held !== undefined && this.isHolding ? this.#held : this.#ring, envelopes)
    this.owner?.wake()
  }

  /** So many at most of what waits, the oldest first; it stays. */
  first(most: number): readonly Envelope[] {
    return [...(this.#held?.first(most) ?? []), ...this.#ring.first(most), ...(this.#aside?.first(most) ?? [])].slice(0, most)
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

  /** The first signal that waits whose argument is `wanted`, taken out of the queue. Cost O(what stands before it). */
  takeSignal<Argument>(wanted: (argument: unknown) => argument is Argument): Argument | undefined {
    const envelope = this.#take(({ kind, argument }) => kind === "signal" && wanted(argument))
    return envelope?.argument as Argument | undefined
  }

  /** The first system request that waits, taken out of the queue. Cost O(what stands before it). */
  takeSystem(): SystemRequest | undefined {
    const envelope = this.#take(({ kind }) => kind === "system")
    return envelope?.argument as SystemRequest | undefined
  }

  /** Notes that a waiting message's time has run out. */
  abandon(): void {
    this.#abandoned += 1
    this.#hasAbandonedAside = this.#aside !== undefined
  }

  /** From now on refuses every post, and hands back or reports all that waits; but for signals to a process that still lives. */
  close(closing: (() => PigeonholeError) | ExitReason): void {
    this.#shut(closing)
  }

  /** Its process begins to end: hands back what it will not come to, and takes no more of it. What came through a mailbox of a service stays. */
  leave(reason: ExitReason): void {
    if (this.#closed === undefined) this.#shut(new Leaving(reason))
  }

  #shut(closing: Closing): void {
    this.#closed = closing
    this.attendant = undefined
    // Of most processes that end.
    if (this.isEmpty && this.#held === undefined && this.#aside === undefined) return
    this.#giveBack(
      (envelope) => this.#isKept(envelope),
      () => closingError(this.label, closing),
    )
  }

  #isKept(envelope: Envelope): boolean {
    return this.#isHeard(envelope.kind, envelope.origin) && !endsToo(envelope)
  }

  /** A process may outlive its service, as its supervisor was killed: it must hear that it is to end. */
  #isHeard(kind: EnvelopeKind, origin: Origin | undefined): boolean {
    if (kind === "signal" && this.owner !== undefined && this.owner.status !== "ended") return true
    return origin !== undefined && this.#closed instanceof Leaving && this.#rules.life !== "process"
  }

  /** Whether a post of that kind is not refused for being closed. */
  takes(kind: EnvelopeKind, origin: Origin | undefined): boolean {
    return this.#closed === undefined || this.#isHeard(kind, origin)
  }

  /** From now on, until its process has ended, refuses messages, and keeps those that wait. Signals and markers are taken. */
  drain(refusal: () => PigeonholeError): void {
    this.#draining = refusal
    this.attendant = undefined
  }

  get isDraining(): boolean {
    return this.#draining !== undefined
  }

  /** Whether it refuses posts. */
  get isClosed(): boolean {
    return this.#closed !== undefined
  }

  /** Takes posts again after `close`; what is addressed to a process that is about to end is refused until it has. */
  reopen(): void {
    if (this.#closed instanceof Leaving) return
    this.#closed = undefined
    this.attendant = this.isDraining ? undefined : this.#owner
  }

  /** Its process ended. A service's inbox keeps what came through a mailbox for the next incarnation; all else is given back. */
  disown(reason: ExitReason): void {
    this.owner = undefined
    this.#draining = undefined
    if (this.#rules.life === "process") return this.close(reason)
    if (this.#closed instanceof Leaving) this.#closed = undefined
    this.#giveBack(
      (envelope) => envelope.origin !== undefined,
      () => exitError(this.label, reason),
    )
    // The next incarnation knows nothing of what this one has put aside.
    this.putBack()
  }

  #giveBack(kept: (envelope: Envelope) => boolean, error: () => PigeonholeError): void {
    for (const envelope of this.#partitionAll(kept)) {
      // It says that all before it is done with; when nothing will be handled any more, that is so too.
      if (envelope.kind === "marker") (envelope.argument as () => void)()
      if (envelope.kind === "system") (envelope.argument as SystemRequest).abandoned(error())
      if (envelope.kind !== "message") continue
      this.#left(envelope)
      this.#undelivered(envelope, error(), "ended")
    }
  }

  /** What is kept may stand elsewhere now, so all of it is looked at again. */
  #partition(kept: (envelope: Envelope) => boolean): Envelope[] {
    this.#armed = 0
    return this.#ring.partition(kept)
  }

  #partitionAll(kept: (envelope: Envelope) => boolean): Envelope[] {
    return [...(this.#aside?.partition(kept) ?? []), ...(this.#held?.partition(kept) ?? []), ...this.#partition(kept)]
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

  #makeRoom(): boolean {
    // Amortised: a pass over the queue is made only when it frees a quarter of it. Until then, as many more may stand in it.
    if (this.#abandoned * 4 >= this.capacity) this.#sweep()
    if (this.size < this.capacity) return true
    if (this.overflow === "reject") return false
    const oldest = this.#aside?.take(isOpenMessage) ?? this.#held?.take(isOpenMessage) ?? this.#take(isOpenMessage)
    if (oldest === undefined) return false
    this.#left(oldest)
    this.#traceOverflow()
    this.#undelivered(oldest, this.#overflowError(), "overflow")
    return true
  }

  #sweep(): void {
    for (const envelope of this.#partitionAll(isOpen)) this.#left(envelope)
  }

  #full(): PigeonholeError {
    this.#traceOverflow()
    return this.#overflowError()
  }

  #overflowError(): PigeonholeError {
    const details = { target: this.label, capacity: this.capacity }
    return new RateLimited(`the inbox of ${this.label} is full (${this.capacity} messages waiting)`, { details })
  }

  #traceOverflow(): void {
    this.kernel.trace?.({ type: "overflow", target: this.label, capacity: this.capacity, rule: this.overflow })
  }

  #undelivered(envelope: Envelope, error: PigeonholeError, cause: UndeliveredCause): void {
    if (envelope.isSettled) return
    if (envelope.isRequest) return envelope.fail(error)
    envelope.isSettled = true
    this.kernel.report(this.label, this.shown(envelope.argument), cause)
  }
}
