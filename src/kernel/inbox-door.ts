/**
 * The door of an inbox: who may post, how many may wait, and who is told that something has come.
 *
 * Invariant: only messages count against the capacity. Signals and markers are never refused for want of room, dropped or pushed out.
 *
 * Not here: what becomes of those that wait when the process ends (`inbox.ts`).
 */

import { drop, fail } from "./answer.ts"
import type { Carrier, Destination, Envelope, EnvelopeKind, Origin } from "./envelope.ts"
import type { PigeonholeError } from "./errors.ts"
import { impasseOf } from "./impasse.ts"
import { type Closing, closingError, Leaving } from "./inbox-closing.ts"
import { InboxQueue } from "./inbox-queue.ts"
import { type InboxLife, type InboxOptions, type InboxRules, type Overflow, overflowError, rulesOf } from "./inbox-rules.ts"
import type { Pid } from "./pid.ts"
import type { Reader } from "./reader.ts"
import { Unshown } from "./sort.ts"
import type { UndeliveredCause } from "./trace.ts"

export abstract class InboxDoor extends InboxQueue implements Destination {
  /** A name, or the pid of the first process that reads it. */
  #name: string | Pid
  protected readonly rules: InboxRules
  #owner: Reader | undefined = undefined
  /** Its owner, while it takes whatever is posted: who may be given a request where it is asked. */
  attendant: Reader | undefined = undefined
  /** Whether each message comes with its sender's async context, as its owner, or the last one, wants it. */
  takesContexts = false
  /** What refuses posts: what makes the error, why its process has ended, or why it is about to. */
  protected closed: Closing | undefined = undefined
  /** What refuses messages while its process serves those it has: what makes the error. */
  protected draining: (() => PigeonholeError) | undefined = undefined

  constructor(kernel: Carrier, label: string, options?: InboxOptions, life: InboxLife = "process") {
    super(kernel)
    this.#name = label
    this.rules = rulesOf(options, life)
  }

  /** Who reads it now; `undefined` between two incarnations. */
  get owner(): Reader | undefined {
    return this.#owner
  }

  set owner(owner: Reader | undefined) {
    this.#owner = owner
    this.attendant = this.isClosed ? undefined : owner
    if (owner !== undefined) this.takesContexts = owner.takesContexts
  }

  /** How errors and reports call whoever reads it; where it was made without a name, its process's pid. */
  get label(): string {
    return String(this.#name)
  }

  /** Takes the process's pid for a name where it has none. Spelled out when it is asked for: most never are. */
  nameAfter(pid: Pid): void {
    if (this.#name === "") this.#name = pid
  }

  get capacity(): number {
    return this.rules.capacity
  }

  get overflow(): Overflow {
    return this.rules.overflow
  }

  get isOfService(): boolean {
    return this.rules.life === "service"
  }

  /** Whether it refuses posts. */
  get isClosed(): boolean {
    return this.closed !== undefined
  }

  get isDraining(): boolean {
    return this.draining !== undefined
  }

  /** What a report may show of a message that was sent to it: of one to a service its sort. */
  shown(message: unknown): unknown {
    return this.isOfService ? new Unshown(message) : message
  }

  /** Takes the envelope in, or says why not; then it was neither kept nor counted as accepted. `isOwn`: its process sends it to itself. */
  post(envelope: Envelope, isOwn = false): PigeonholeError | undefined {
    if (this.attendant === undefined) {
      const refusal = this.#refusal(envelope, isOwn)
      if (refusal !== undefined) return refusal
    }
    const isMessage = envelope.kind === "message"
    if (isMessage && this.isCrowded(this.rules.capacity) && !this.#makeRoom()) return this.#full()
    // Counted when it is in: the sender's stack may end in the middle.
    this.push(envelope)
    if (isMessage) this.kernel.counters.accepted += 1
    this.#owner?.wake()
    return undefined
  }

  /** While it is closed, or drains, or nobody reads it. */
  #refusal(envelope: Envelope, isOwn: boolean): PigeonholeError | undefined {
    if (this.closed !== undefined && !this.isHeard(envelope.kind, envelope.origin)) return closingError(this.label, this.closed)
    if (this.draining !== undefined && envelope.kind === "message" && !isOwn) return this.draining()
    return this.impasseOf(envelope)
  }

  /** A process may outlive its service, as its supervisor was killed: it must hear that it is to end. */
  protected isHeard(kind: EnvelopeKind, origin: Origin | undefined): boolean {
    if (kind === "signal" && this.owner !== undefined && this.owner.status !== "ended") return true
    return origin !== undefined && this.closed instanceof Leaving && this.closed.isAwaited && this.rules.life !== "process"
  }

  /** Why it could only wait for its own asker, where nobody reads, or whoever does is about to end. */
  protected impasseOf(envelope: Envelope): PigeonholeError | undefined {
    if (this.#owner !== undefined && !(this.closed instanceof Leaving)) return undefined
    return impasseOf(envelope)
  }

  #makeRoom(): boolean {
    // Amortised: until a pass is worth it, as many more may stand in it.
    this.sweep(this.capacity)
    if (this.size < this.capacity + this.surplus) return true
    if (this.overflow === "reject") return false
    const oldest = this.takeOldest()
    if (oldest === undefined) return false
    this.#traceOverflow()
    this.undelivered(oldest, overflowError(this.label, this.rules), "overflow")
    return true
  }

  /** Hands back what its owner has taken out of it, as there is no room for it to wait after all. */
  turnAway(envelope: Envelope): void {
    this.undelivered(envelope, this.#full(), "overflow")
  }

  #full(): PigeonholeError {
    this.#traceOverflow()
    return overflowError(this.label, this.rules)
  }

  #traceOverflow(): void {
    this.kernel.trace?.({ type: "overflow", target: this.label, capacity: this.capacity, rule: this.overflow })
  }

  /** Hands it back to its asker, or reports it. */
  protected undelivered(envelope: Envelope, error: PigeonholeError, cause: UndeliveredCause): void {
    if (envelope.isSettled) return
    if (envelope.isRequest) return fail(envelope, error)
    drop(envelope, error)
    this.kernel.report(this.label, this.shown(envelope.argument), cause)
  }
}
