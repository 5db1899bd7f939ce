/**
 * The queue of messages waiting for a process, seen from inside: what becomes of those that wait when its process is about to end, and has ended.
 *
 * Invariants
 * - What was accepted leaves in one of three ways: shifted to its process, handed back to its asker, reported.
 * - An inbox may outlive its process: a service's is handed from one incarnation to the next, and
 *   while there is none, messages wait in it and their deadlines run on.
 *
 * Not here: who may post, and how many may wait (`inbox-door.ts`); in what order (`inbox-queue.ts`).
 */

import type { Envelope, EnvelopeKind, Origin } from "./envelope.ts"
import type { PigeonholeError } from "./errors.ts"
import { type ExitReason, exitError, shortReason } from "./exit-reason.ts"
import { type Closing, closingError, Leaving, type Refusal } from "./inbox-closing.ts"
import { InboxDoor } from "./inbox-door.ts"
import type { Sequel } from "./keeper.ts"
import type { SystemRequest } from "./system-request.ts"

export class Inbox extends InboxDoor {
  /** What follows after its process, which begins to end; `undefined`: it does not, or its inbox was closed for good before. */
  get sequel(): Sequel | undefined {
    return this.closed instanceof Leaving ? this.closed.sequel : undefined
  }

  protected wakeOwner(): void {
    this.owner?.wake()
  }

  /** Posts a signal that comes before all that waits. A no-op where nobody will read it. */
  postFirst(envelope: Envelope): void {
    if (this.closed !== undefined) return
    this.pushFirst(envelope)
    this.owner?.wake()
  }

  /** Whether a post of that kind is not refused for being closed. */
  takes(kind: EnvelopeKind, origin: Origin | undefined): boolean {
    return this.closed === undefined || this.isHeard(kind, origin)
  }

  /** From now on refuses every post, and hands back or reports all that waits; but for signals to a process that still lives. */
  close(closing: (() => PigeonholeError) | ExitReason): void {
    this.shut(closing)
  }

  /** Its process begins to end: hands back what it will not come to, and takes no more of it. A service's mailboxes wait for the `next` one. */
  leave(reason: ExitReason, sequel: Sequel): void {
    if (this.closed !== undefined) return
    // Of one that nobody starts again, the reason says it all.
    this.shut(sequel !== "next" || this.rules.life !== "process" ? new Leaving(reason, sequel) : reason)
  }

  /** Its process, which `leave`s, has nobody wait for the next one while it ends. What was closed for good stays so, and knows better why. */
  bar(refusal: Refusal): void {
    if (this.closed instanceof Leaving) this.shut(new Leaving(this.closed.reason, this.closed.sequel, refusal))
  }

  protected shut(closing: Closing): void {
    this.closed = closing
    this.attendant = undefined
    if (this.audience !== undefined && !(closing instanceof Leaving)) this.audience.closed(closingError(this.label, closing))
    if (this.hasNothing) return
    this.giveBack(
      (envelope) => this.isHeard(envelope.kind, envelope.origin) && this.impasseOf(envelope) === undefined,
      (envelope) => this.impasseOf(envelope) ?? closingError(this.label, closing),
    )
  }

  /** Hands back what could only wait for itself, as things stand now. */
  review(): void {
    if (this.attendant !== undefined || this.hasNothing) return
    this.giveBack(
      (envelope) => this.impasseOf(envelope) === undefined,
      (envelope) => this.impasseOf(envelope) as PigeonholeError,
    )
  }

  /** From now on, until its process has ended, refuses messages, and keeps those that wait. Signals and markers are taken. */
  drain(refusal: () => PigeonholeError): void {
    this.draining = refusal
    this.attendant = undefined
  }

  /** A process that drains may have waited for nothing else. */
  override abandon(): void {
    super.abandon()
    if (this.isDraining) this.wakeOwner()
  }

  /** Takes posts again after `close`; what is addressed to a process that is about to end is refused until it has. */
  reopen(): void {
    if (this.closed instanceof Leaving) return
    this.closed = undefined
    this.attendant = this.isDraining ? undefined : this.owner
  }

  /** Its process ended. A service's inbox keeps what came through a mailbox for the next incarnation; all else is given back. */
  disown(reason: ExitReason): void {
    this.owner = undefined
    this.draining = undefined
    if (this.rules.life === "process") return this.close(reason)
    if (this.closed instanceof Leaving) this.closed = undefined
    this.giveBack(
      (envelope) => envelope.origin !== undefined,
      () => exitError(this.label, reason),
    )
    // The next incarnation knows nothing of what this one has put aside.
    this.putBack()
    if (this.size > 0) this.kernel.following?.readerEnded(this, shortReason(reason))
  }

  protected giveBack(kept: (envelope: Envelope) => boolean, error: (envelope: Envelope) => PigeonholeError): void {
    for (const envelope of this.takeOut(kept)) {
      // It says that all before it is done with; when nothing will be handled any more, that is so too.
      if (envelope.kind === "marker") (envelope.argument as () => void)()
      if (envelope.kind === "system") (envelope.argument as SystemRequest).abandoned(error(envelope))
      if (envelope.kind === "message") this.undelivered(envelope, error(envelope), "ended")
    }
  }
}
