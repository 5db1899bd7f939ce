/**
 * The runtime's core: one clock, one wheel of deadlines, one scheduler, one table of processes, and
 * the two ways to post: tell and ask.
 *
 * Nothing of it is global: two kernels in one program know nothing of each other.
 */

import { drop } from "./answer.ts"
import { type AsyncContext, type AsyncContextRule, type AsyncContexts, runIn } from "./async-context.ts"
import { selfAskError } from "./circle.ts"
import { Counters } from "./counters.ts"
import { Deadlines } from "./deadlines.ts"
import { type Carrier, Envelope, type ImpasseRule, NO_LIMIT, type Origin, type Party, type Route, type Settle } from "./envelope.ts"
import type { PigeonholeError } from "./errors.ts"
import { closedError, type ExitReason } from "./exit-reason.ts"
import type { Host } from "./host.ts"
import { Inbox, type Reader } from "./inbox.ts"
import type { InboxLife, InboxOptions } from "./inbox-rules.ts"
import { incarnationOf, type Pid, shownAfterEnd } from "./pid.ts"
import { presentProcess } from "./present-process.ts"
import { announcedParent, type Launched, ProcessTable } from "./process-table.ts"
import { armEnvelope, giveUpBy } from "./request-watch.ts"
import { Scheduler } from "./scheduler.ts"
import { checkStackRoom, hasStackRoom } from "./stack.ts"
import type { TimerNode, TimerWheel } from "./timer-wheel.ts"
import type { DeadLetter, KernelEvent, Trace, UndeliveredCause } from "./trace.ts"
import { Turn, UNREAD } from "./turn.ts"
import { refused, Unheard } from "./unheard.ts"
import { Workload } from "./workload.ts"

/** Told of every ended process, before anything else can react. */
export type Undertaker = (process: Launched, reason: ExitReason) => void

export class Kernel implements Carrier {
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
  turn = new Turn()
  /** Classes of definitions of which a process has been made. */
  readonly warm = new WeakSet<object>()
  /** A request that was served at once and has crashed its process; carried out in the drain that follows. */
  cut: { readonly process: Launched; readonly error: unknown; readonly envelope: Envelope } | undefined = undefined
  /** What has failed for processes that are gone. */
  readonly unheard: Unheard
  /** Where the host wants to know. */
  readonly workload: Workload | undefined
  /** Settles a request that is served where it is asked. */
  readonly keepAnswer: Settle = (answer) => {
    this.turn.answer = answer
  }
  readonly #deadlines: Deadlines
  #lastPidId = 0
  #isClosed = false

  constructor(host: Host, contextRule: AsyncContextRule = "sender") {
    this.host = host
    this.contextRule = contextRule
    this.#contexts = host.asyncContexts
    this.unheard = new Unheard(host)
    this.workload = host.attach === undefined ? undefined : new Workload(this.processes)
    if (this.workload !== undefined) host.attach?.(this.workload)
    this.#deadlines = new Deadlines(host, () => this.scheduler.wake())
    this.wheel = this.#deadlines.wheel
    this.scheduler = new Scheduler(
      host,
      () => this.#drained(),
      (error) => this.fault("a turn", error),
    )
  }

  /** Monotonic milliseconds. While a message is handled the clock is read once, when first asked for. */
  now(): number {
    const { turn } = this
    if (turn.process === undefined) return this.host.now()
    if (turn.now === UNREAD) turn.now = this.host.now()
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
    if (this.#isClosed) throw closedError()
    if (!hasRoom) checkStackRoom(this.counters.spawned > 0)
    this.processes.add(process)
    this.counters.spawned += 1
    process.inbox.owner = process
    if (process.isAnnounced)
      this.trace?.({ type: "spawned", pid: process.pid, label: process.label, parent: announcedParent(process)?.pid })
    process.wake()
    return process
  }

  enterTurn(process: Party): Turn {
    const { turn } = this
    turn.process = process
    turn.envelope = undefined
    turn.now = UNREAD
    return turn
  }

  leaveTurn(): void {
    this.turn.process = undefined
    this.turn.envelope = undefined
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

  /** Posts without a reply. `false`: refused, and reported as a dead letter. `isOwn`: a process sends it to itself. */
  tell(inbox: Inbox, route: Route | undefined, argument: unknown, origin: Origin | undefined, isOwn = false): boolean {
    const context = inbox.takesContexts ? this.captureContext() : undefined
    const error = inbox.post(new Envelope("message", inbox, route, argument, origin, undefined, NO_LIMIT, context), isOwn)
    if (error === undefined) return true
    const cause = inbox.isDraining ? "unavailable" : "ended"
    this.refuse(inbox.label, inbox.shown(argument), error.kind === "RATE_LIMITED" ? "overflow" : cause)
    return false
  }

  /**
   * Posts and waits for the reply. The promise settles exactly once; it never throws here. A process at rest serves the request where it is
   * asked, if that is outside of any turn and the host need not have its own first; then it takes no room, nor a promise that is settled from
   * outside unless its handler leaves it open. `caller`: the process that asks, as far as the caller knows; in a turn it is known. What can be given
   * up by a `signal` is posted in any case.
   */
  ask(
    inbox: Inbox,
    route: Route | undefined,
    argument: unknown,
    origin: Origin | undefined,
    timeoutMs: number,
    caller?: Party,
    signal?: AbortSignal,
  ): Promise<unknown> {
    // Served at once too: what its handler does to the context must not be left with its caller.
    const context = inbox.takesContexts ? this.captureContext() : undefined
    const asker = this.turn.process ?? caller ?? presentProcess()
    if (
      signal === undefined &&
      this.scheduler.isIdle &&
      this.turn.process === undefined &&
      inbox.attendant?.isAtRest === true &&
      hasStackRoom((route ?? inbox.attendant).isWarm === true)
    ) {
      const request = new Envelope("message", inbox, route, argument, origin, this.keepAnswer, timeoutMs, context, asker)
      return this.#askAtOnce(inbox.attendant, request)
    }
    let resolve: Settle | undefined
    // The compiler sees through this closure and makes none; a second one, for `reject`, would stay.
    const promise = new Promise<unknown>((settle) => {
      resolve = settle
    })
    const envelope = new Envelope("message", inbox, route, argument, origin, resolve, timeoutMs, context, asker)
    if (asker !== undefined) this.#noteAsker(envelope, promise)
    const refusal = (signal === undefined ? undefined : giveUpBy(envelope, signal)) ?? this.#selfAsk(inbox) ?? inbox.post(envelope)
    if (refusal !== undefined) {
      this.counters.refused += 1
      drop(envelope)
      return refused(asker, refusal)
    }
    if (timeoutMs !== NO_LIMIT && !inbox.isNoted) this.#deadlines.note(inbox)
    return promise
  }

  #askAtOnce(process: Reader, envelope: Envelope): Promise<unknown> {
    // What is done after a drain is done after this, too: the clock is read anew then. Until then, others are posted.
    this.scheduler.wake()
    this.counters.accepted += 1
    process.serveAtOnce(envelope)
    const code = envelope.route ?? process
    if (code.isWarm !== true) code.isWarm = true
    if (!envelope.isSettled) return this.#askOpen(envelope)
    const { answer, failure } = this.turn
    this.turn.answer = undefined
    if (failure === undefined) return Promise.resolve(answer)
    this.turn.failure = undefined
    return refused(envelope.asker, failure)
  }

  #askOpen(envelope: Envelope): Promise<unknown> {
    const promise = new Promise((settle) => (envelope.resolve = settle))
    if (envelope.asker !== undefined) this.#noteAsker(envelope, promise)
    return promise
  }

  #noteAsker(envelope: Envelope, promise: Promise<unknown>): void {
    envelope.promise = promise
    this.workload?.asked(envelope)
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
    if (process !== undefined && !process.refuses(route)) return this.tell(process.inbox, route, message, undefined, process === sender)
    if (process === undefined) this.refuse(pid.toString(), shownAfterEnd(pid, message), "ended")
    else this.refuse(process.label, process.inbox.shown(message), "denied")
    return false
  }

  /** Starts the time of a request that a handler has taken and not answered yet. */
  armRequest(envelope: Envelope): void {
    if (!envelope.isUnarmed) return
    armEnvelope(envelope, this.host.now())
    this.#deadlines.schedule()
  }

  /** Arms a deadline that is not a request's. Reads the clock: counted from a turn's one reading, it would come early. */
  arm(node: TimerNode, delayMs: number): void {
    this.#deadlines.armAt(node, this.host.now() + delayMs)
  }

  /** Arms a deadline at a moment of the host's clock. */
  armAt(node: TimerNode, at: number): void {
    this.#deadlines.armAt(node, at)
  }

  /** Cancels a deadline; the host need not stay alive for it any more. A no-op for one that is not armed. */
  disarm(node: TimerNode): void {
    this.#deadlines.disarm(node)
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
    this.#deadlines.dispose()
  }

  #selfAsk(inbox: Inbox): PigeonholeError | undefined {
    const { process } = this.turn
    if (process === undefined || inbox.owner !== process) return undefined
    return selfAskError(process.label)
  }

  #drained(): void {
    this.turn = new Turn()
    const { cut } = this
    this.cut = undefined
    if (cut !== undefined) cut.process.wasCut(cut.error, cut.envelope)
    this.#deadlines.drained()
  }
}
