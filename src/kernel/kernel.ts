/**
 * The runtime's core: one clock, one wheel of deadlines, one scheduler, one table of processes.
 *
 * Nothing of it is global: two kernels in one program know nothing of each other.
 *
 * Not here: how it posts (`posting.ts`).
 */

import { type AsyncContext, type AsyncContextRule, type AsyncContexts, runIn } from "./async-context.ts"
import { Counters } from "./counters.ts"
import { Deadlines } from "./deadlines.ts"
import {
  type Carrier,
  Envelope,
  type ImpasseRule,
  NO_LIMIT,
  type Origin,
  type Party,
  type Route,
  type RoutePayload,
  type Settle,
} from "./envelope.ts"
import { errorOf } from "./errors.ts"
import { closedError, type ExitReason } from "./exit-reason.ts"
import type { Host } from "./host.ts"
import { Inbox } from "./inbox.ts"
import type { InboxLife, InboxOptions } from "./inbox-rules.ts"
import { incarnationOf, type Pid, shownAfterEnd } from "./pid.ts"
import { Posting } from "./posting.ts"
import { announcedParent, type Cut, type Launched, ProcessTable } from "./process-table.ts"
import type { RequestFollowing } from "./request-following.ts"
import { armEnvelope } from "./request-watch.ts"
import { Scheduler } from "./scheduler.ts"
import { checkStackRoom } from "./stack.ts"
import { type TimerNode, TimerWheel } from "./timer-wheel.ts"
import type { DeadLetter, KernelEvent, Trace, UndeliveredCause } from "./trace.ts"
import { askerIn, Turn, UNREAD } from "./turn.ts"
import { refused, Unheard } from "./unheard.ts"
import { Workload } from "./workload.ts"

/** Told of every ended process, before anything else can react. */
export type Undertaker = (process: Launched, reason: ExitReason) => void

export class Kernel extends Posting implements Carrier {
  readonly host: Host
  readonly wheel: TimerWheel
  readonly scheduler: Scheduler
  readonly counters = new Counters()
  /** Whose async context a message is handled in, and a process starts in, where its behaviour does not say. */
  readonly contextRule: AsyncContextRule
  readonly #contexts: AsyncContexts | undefined
  /** Every process that has not ended. */
  readonly processes = new ProcessTable()
  trace: Trace<KernelEvent> | undefined = undefined
  undertaker: Undertaker = () => {}
  /** Told of every crash while the process still has its links, its names and what waits for it. Must not throw. */
  witness: Undertaker | undefined = undefined
  /** Told of what has thrown where it must not. */
  faults: ((what: string, error: unknown) => void) | undefined = undefined
  /** Told of every dead letter, whether or not somebody traces. */
  deadLetters: Trace<DeadLetter> | undefined = undefined
  /** Knows who would wait for itself at an inbox that nobody reads. */
  impasse: ImpasseRule | undefined = undefined
  /** Has it looked anew for those who would wait for themselves. */
  review: (() => void) | undefined = undefined
  /** Where somebody wants to know what becomes of messages. */
  following: RequestFollowing | undefined = undefined
  turn = new Turn()
  /** What was cut short, and is carried out in the drain that follows. */
  cut: Cut | undefined = undefined
  /** What has failed for processes that are gone. */
  readonly unheard: Unheard
  /** Where the host wants to know. */
  readonly workload: Workload | undefined
  /** Settles a request that is served where it is asked. */
  readonly keepAnswer: Settle = (answer) => {
    this.turn.answer = answer
  }
  protected readonly deadlines: Deadlines
  #lastPidId = 0
  #isClosed = false

  constructor(host: Host, contextRule: AsyncContextRule = "sender") {
    super()
    this.host = host
    this.contextRule = contextRule
    this.#contexts = host.asyncContexts
    this.unheard = new Unheard(host)
    this.workload = host.attach === undefined ? undefined : new Workload(this.processes)
    if (this.workload !== undefined) host.attach?.(this.workload)
    this.deadlines = new Deadlines(
      host,
      () => this.scheduler.wake(),
      () => this.turn.process !== undefined || this.scheduler.isScheduled,
      this.makeWheel(host),
    )
    this.wheel = this.deadlines.wheel
    this.scheduler = this.makeScheduler(
      host,
      () => this.#drained(),
      (error) => this.fault("a turn", error),
    )
  }

  /** Called while it is made: a kernel of another order of things has a wheel of its own, … */
  protected makeWheel(host: Host): TimerWheel {
    return new TimerWheel(host.now())
  }

  /** … and a scheduler. */
  protected makeScheduler(host: Host, afterDrain: () => void, fault: (error: unknown) => void): Scheduler {
    return new Scheduler(host, afterDrain, fault)
  }

  /** Monotonic milliseconds. While a message is handled the clock is read once, when first asked for. */
  now(): number {
    const { turn } = this
    if (turn.process === undefined) return this.host.now()
    turn.isLasting = false
    if (turn.now === UNREAD || turn.isOld) turn.now = this.host.now()
    turn.isOld = false
    return turn.now
  }

  /** As `now`, for a handler that only looks and is done at once: the next one of that sort, whose message was sent before, has the same reading. */
  recently(): number {
    const { turn } = this
    if (turn.process === undefined) return this.host.now()
    if (turn.now === UNREAD) turn.now = this.host.now()
    turn.isLasting = true
    return turn.now
  }

  /** The async context of nobody; `undefined` where the host has none. */
  get neutralContext(): AsyncContext | undefined {
    return this.#contexts?.neutral
  }

  /** Takes hold of the present async context. */
  captureContext(): AsyncContext | undefined {
    return this.#contexts?.capture()
  }

  /** What a message is handled in: its sender's, where its process wants that, and where it is followed what follows it. `by`: whoever asks; who tells, as far as the caller knows. */
  contextOf(inbox: Inbox, route: Route | undefined, isAsk: boolean, origin?: Origin, by?: Party): AsyncContext | undefined {
    const context = inbox.takesContexts ? this.captureContext() : undefined
    const { following } = this
    return following === undefined
      ? context
      : following.begin(inbox.label, route, isAsk, origin, isAsk ? by : askerIn(this.turn, by), context)
  }

  /** Does in nobody's async context what is not for one alone. */
  neutrally<This, Parameters extends unknown[], Result>(
    work: (this: This, ...parameters: Parameters) => Result,
    self: This,
    ...parameters: Parameters
  ): Result {
    return runIn(this.#contexts?.neutral, work, self, ...parameters)
  }

  nextPidId(): number {
    this.#lastPidId += 1
    return this.#lastPidId
  }

  inbox(label: string, options?: InboxOptions, life?: InboxLife): Inbox {
    return new Inbox(this, label, options, life)
  }

  /** Puts a new process in the table and gives it its first turn, in which it starts. `hasRoom`: on the stack. Throws `Unavailable` once it is closed. */
  launch<P extends Launched>(process: P, hasRoom = false): P {
    this.refuseClosed()
    if (!hasRoom) checkStackRoom()
    this.processes.add(process)
    this.counters.spawned += 1
    process.inbox.owner = process
    this.following?.readerBegan(process.inbox)
    if (process.isAnnounced)
      this.trace?.({ type: "spawned", pid: process.pid, label: process.label, parent: announcedParent(process)?.pid })
    process.wake()
    return process
  }

  /** For who changes something before it launches. Throws `Unavailable` once nothing is launched any more. */
  refuseClosed(): void {
    if (this.#isClosed) throw closedError()
  }

  /** From now on nothing is launched. */
  close(): void {
    this.#isClosed = true
  }

  /** Reports what a step of the runtime's own, or a callback in the middle of it, has thrown: the others are done all the same. */
  fault(what: string, error: unknown): void {
    try {
      this.faults?.(what, error)
    } catch {
      // Whoever is told of faults has failed, too; there is nobody else to tell.
    }
  }

  /** Refuses a request that is not posted, as a guard or its state is against it. */
  turnAway(inbox: Inbox, route: Route, origin: Origin, asker: Party | undefined, error: unknown): Promise<never> {
    this.counters.refused += 1
    this.following?.turnedAway(inbox.label, route, true, origin, asker, errorOf(error).kind)
    return refused(asker, error)
  }

  /** Posts what must not be lost: in order with the messages, beyond the capacity. `false`: nobody will read it. */
  signal(inbox: Inbox, kind: "signal" | "marker", argument: unknown, origin?: Origin, context?: AsyncContext, asker?: Party): boolean {
    // Asked first: a refusal would be spelled out, and nobody would read it.
    if (!inbox.takes(kind, origin)) return false
    return inbox.post(new Envelope(kind, inbox, undefined, argument, origin, undefined, NO_LIMIT, context, asker)) === undefined
  }

  /** Sends a message to a pid that may have ended or may be guarded. */
  send(pid: Pid, route: Route | undefined, message: unknown, sender?: Party): boolean {
    return this.sendTo(incarnationOf(pid, this) as Launched | undefined, pid, route, message, sender)
  }

  /** As `send`, for who knows the process behind the pid. */
  sendTo(process: Launched | undefined, pid: Pid, route: Route | undefined, message: unknown, sender?: Party): boolean {
    if (process !== undefined && !process.refuses(route)) {
      if (route?.payload !== undefined) return this.#tellTaken(process, route, route.payload, message, sender)
      return this.tell(process.inbox, route, message, undefined, process === sender, sender)
    }
    const errorKind = process === undefined ? "UNAVAILABLE" : "PERMISSION_DENIED"
    this.following?.turnedAway(process?.label ?? pid.toString(), route, false, undefined, sender, errorKind)
    if (process === undefined) this.refuse(pid.toString(), shownAfterEnd(pid, message), "ended")
    else this.refuse(process.label, process.inbox.shown(message), "denied")
    return false
  }

  #tellTaken(process: Launched, route: Route, payload: RoutePayload, message: unknown, sender: Party | undefined): boolean {
    let own: unknown
    try {
      own = payload.take(message)
    } catch {
      this.following?.turnedAway(process.label, route, false, undefined, sender, "INVALID")
      this.refuse(process.label, process.inbox.shown(message), "denied")
      return false
    }
    return this.tell(process.inbox, route, own, undefined, process === sender, sender)
  }

  /** Starts the time of a request that a handler has taken and not answered yet. */
  armRequest(envelope: Envelope): void {
    if (!envelope.isUnarmed) return
    armEnvelope(envelope, this.host.now())
    this.deadlines.schedule()
  }

  /** Arms a deadline that is not a request's. Reads the clock: counted from a turn's one reading, it would come early. */
  arm(node: TimerNode, delayMs: number): void {
    this.armAt(node, this.host.now() + delayMs)
  }

  /** Arms a deadline at a moment of the host's clock. */
  armAt(node: TimerNode, at: number): void {
    this.deadlines.armAt(node, at)
  }

  /** Cancels a deadline; the host need not stay alive for it any more. A no-op for one that is not armed. */
  disarm(node: TimerNode): void {
    this.deadlines.disarm(node)
  }

  /** Counts and reports an accepted message that no handler will have. */
  report(target: string, message: unknown, cause: UndeliveredCause): void {
    this.counters.reported += 1
    this.#deadLetter(target, message, cause)
  }

  /** Reports a notice of the runtime's own (a tick, a DOWN, an EXIT) that nobody takes: it was never counted as accepted. */
  reportNotice(target: string, notice: unknown): void {
    this.#deadLetter(target, notice, "unhandled")
  }

  /** Counts and reports a message that was refused at the door. */
  refuse(target: string, message: unknown, cause: UndeliveredCause): void {
    this.counters.refused += 1
    this.#deadLetter(target, message, cause)
  }

  #deadLetter(target: string, message: unknown, cause: UndeliveredCause): void {
    const { trace, deadLetters } = this
    if (trace === undefined && deadLetters === undefined) return
    const letter: DeadLetter = { type: "dead_letter", target, message, cause }
    trace?.(letter)
    deadLetters?.(letter)
  }

  /** Lets go of the host: no timer of this kernel is left. Armed deadlines never fire after it. */
  dispose(): void {
    this.deadlines.dispose()
  }

  #drained(): void {
    this.turn = new Turn()
    const { cut } = this
    this.cut = undefined
    if (cut !== undefined) cut.process.wasCut(cut)
    this.deadlines.drained()
  }
}
