/** What a process has in hand: the message it handles, and the requests that it has taken and not answered. */

import { canceledError } from "./abort-signal.ts"
import { fail } from "./answer.ts"
import type { Envelope, Party } from "./envelope.ts"
import { type ExitReason, exitError } from "./exit-reason.ts"
import type { Sequel } from "./keeper.ts"
import type { Kernel } from "./kernel.ts"
import { keeperOf, type Pid } from "./pid.ts"
import { ProcessDrain } from "./process-drain.ts"
import type { ProcessStatus } from "./process-status.ts"
import { isGivenUpBy } from "./request-watch.ts"

const NOTHING: readonly never[] = []

export abstract class ProcessRequests extends ProcessDrain {
  abstract readonly kernel: Kernel
  abstract override readonly pid: Pid
  abstract readonly signal: AbortSignal
  abstract readonly exitReason: ExitReason | undefined
  abstract readonly isStarted: boolean
  abstract readonly isUrged: boolean
  abstract readonly status: ProcessStatus

  /** A token for each asynchronous callback that is under way, whatever it waits for. */
  get work(): readonly object[] {
    return this.status === "busy" || this.status === "ending" ? [this.affairs?.work ?? this] : NOTHING
  }

  /** Who waits for what it does, and does not go on before. */
  get onBehalfOf(): Party | undefined {
    return this.affairs?.onBehalfOf
  }

  /** Somebody waits for what it does, or nobody does any more. */
  actFor(party: Party | undefined): void {
    this.own().onBehalfOf = party
  }

  /** The request that it has passed on to that process, whose asker waits for the answer; `undefined`: what it asks there it asks for itself. */
  passedOnTo(_process: Party): Envelope | undefined {
    return undefined
  }

  /** Requests that it has taken and left open, and that no callback of its is under way for. Cost O(open). */
  get owedAnswers(): readonly Envelope[] {
    return Array.from(this.affairs?.open ?? NOTHING).filter((envelope) => !envelope.isSettled && envelope !== this.underWay)
  }

  /** The message being handled, also after an `await` of its handler. */
  get underWay(): Envelope | undefined {
    const { turn } = this.kernel
    return this.affairs?.busyWith ?? ((turn.process as ProcessRequests | undefined) === this ? turn.envelope : undefined)
  }

  /** Posts it a signal: in order with messages, never refused for want of room. A no-op where its inbox is the next incarnation's already. */
  notify(signal: object): void {
    if ((this.inbox.owner as ProcessRequests | undefined) === this) this.kernel.signal(this.inbox, "signal", signal)
  }

  /** Counts a message as handled, once, when a handler is given it. */
  protected accept(envelope: Envelope): void {
    envelope.isTaken = true
    if (envelope.kind === "message") this.kernel.counters.handled += 1
  }

  /** Nobody asked, and no handler takes it: it is reported. */
  protected unhandled(envelope: Envelope): void {
    if (envelope.kind !== "message") return this.kernel.reportNotice(this.label, this.inbox.shown(envelope.argument))
    if (envelope.isTaken) this.kernel.counters.handled -= 1
    this.lost(envelope)
  }

  /** A message that nobody asked an answer of, and that no handler takes. */
  protected lost(envelope: Envelope): void {
    this.kernel.following?.settled(envelope, envelope.context, "INVALID")
    this.kernel.report(this.label, this.inbox.shown(envelope.argument), "unhandled")
  }

  /** Whether the handler of that message waits. */
  isAt(message: Envelope): boolean {
    return this.affairs?.busyWith === message
  }

  /** Counts it as not handled: it waits, aside, until the inbox is told to put it back. */
  protected setAside(envelope: Envelope): void {
    this.affairs?.close(envelope)
    this.inbox.setAside(envelope)
  }

  /** The request under way stays open after its handler has returned; it fails when the process ends unanswered. */
  leaveOpen(envelope: Envelope | undefined = this.underWay): Envelope | undefined {
    if (envelope?.isRequest !== true || envelope.isSettled) return undefined
    this.own().leaveOpen(envelope)
    this.kernel.armRequest(envelope)
    return envelope
  }

  /** A handler that fails with what its request's signal was aborted with has not crashed: it only heard that nobody waits. */
  protected forgives(error: unknown, envelope: Envelope): boolean {
    if (!isGivenUpBy(envelope, error)) return false
    // Its asker has died, and had not given it up.
    if (!envelope.isSettled) fail(envelope, canceledError(this.label, envelope.operation, error))
    return true
  }

  /** Fails what it has taken and not answered. */
  protected failTaken(reason: ExitReason): void {
    this.failOpen(this.underWay, reason)
    if (this.affairs === undefined) return
    for (const envelope of this.affairs.open) this.failOpen(envelope, reason)
    this.affairs.closeAll()
  }

  /** What follows after an end of that reason; of one that nobody keeps, nobody can say. */
  protected sequelOf(reason: ExitReason): Sequel {
    return keeperOf(this.pid)?.sequel(reason) ?? "next"
  }

  protected failOpen(envelope: Envelope | undefined, reason: ExitReason): void {
    if (envelope === undefined || envelope.isSettled) return
    if (envelope.isRequest) fail(envelope, exitError(this.label, reason, this.sequelOf(reason) !== "never"))
    else this.kernel.following?.settled(envelope, envelope.context, exitError(this.label, reason).kind)
  }
}
