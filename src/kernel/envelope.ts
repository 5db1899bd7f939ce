/**
 * One message on its way: what is sent, and who waits for the answer until when. One object shape for all, because every message of the runtime
 * is one of these. Data: it is settled by `answer.ts`, watched over by `request-watch.ts`, kept by an inbox and handled by a process.
 *
 * Those stand above it. What it says of them is here, as far as its own kind needs it: its destination, the parties, who carries it.
 *
 * Invariant: settled exactly once; what comes later is counted and dropped.
 */

import type { AsyncContext } from "./async-context.ts"
import type { Counters } from "./counters.ts"
import type { ErrorKind, PigeonholeError } from "./errors.ts"
import type { ExitReason } from "./exit-reason.ts"
import type { Pid } from "./pid.ts"
import type { ProcessStatus } from "./process-status.ts"
import type { TimerNode, TimerWheel } from "./timer-wheel.ts"
import type { KernelEvent, Trace, UndeliveredCause } from "./trace.ts"

/** What a message asks for by name: a `call` has a reply, a `cast` none. */
export interface Route {
  readonly name: string
  readonly kind: "call" | "cast"
  /** What its argument has to be; it is taken where it is posted. */
  readonly payload?: RoutePayload | undefined
  /** Its argument is an event, which tells more than its name: by its type. */
  readonly isOfEvents?: true
}

/** What a schema makes of an argument: what is posted in its place. */
export interface RoutePayload {
  /** `isLookedAt`: by policies. Throws `Invalid` that names the place. */
  take(argument: unknown, isLookedAt?: boolean): unknown
}

/**
 * `message`: sent by a process or a caller; takes room in the inbox.
 * `signal`: DOWN, a trapped exit, a timer's tick; in order with the messages, never refused or dropped.
 * `marker`: as a signal; runs `argument` when the process has come to it, and no handler sees it.
 * `system`: as a marker; its `argument` is a `SystemRequest`, which a suspended process serves too.
 */
export type EnvelopeKind = "message" | "signal" | "marker" | "system"

/** Who posted it, where it came through an attached mailbox. The kernel only tells it from none. */
export interface Origin {
  readonly id: number
  /** Who acts. */
  readonly principal?: { readonly id: string }
}

export type Settle = (value: unknown) => void

/** No time limit. A whole number, as all limits are: then the field costs no room of its own. */
export const NO_LIMIT = 0

export class Envelope {
  readonly kind: EnvelopeKind
  readonly inbox: Destination
  readonly route: Route | undefined
  argument: unknown
  readonly origin: Origin | undefined
  /** `undefined` where nobody waits for an answer. A failure goes through it too, as a rejected promise. */
  resolve: Settle | undefined
  isSettled: boolean
  /** Whether a handler has been given it. */
  isTaken: boolean
  /** Whether it was answered by a promise that is still open: no other answer counts any more. */
  isAnswered: boolean
  /** How long its asker waits, in whole ms. */
  readonly timeoutMs: number
  /** Its sender's, to be handled in; let go of with the answer. `undefined`: it is handled in its process's own. */
  context: AsyncContext | undefined
  /** Who waits, as far as that is known, … */
  asker: Party | undefined
  /** … and for what. */
  promise: Promise<unknown> | undefined
  /** Most are answered before they would need one. */
  watch: Watch | undefined

  constructor(
    kind: EnvelopeKind,
    inbox: Destination,
    route: Route | undefined,
    argument: unknown,
    origin: Origin | undefined,
    resolve: Settle | undefined,
    timeoutMs = NO_LIMIT,
    context?: AsyncContext,
    asker?: Party,
  ) {
    this.kind = kind
    this.inbox = inbox
    this.route = route
    this.argument = argument
    this.origin = origin
    this.resolve = resolve
    this.isSettled = false
    this.isTaken = false
    this.isAnswered = false
    this.timeoutMs = timeoutMs
    this.context = context
    this.asker = asker
    this.promise = undefined
    this.watch = undefined
  }

  get isRequest(): boolean {
    return this.resolve !== undefined
  }

  get operation(): string {
    return this.route === undefined ? "message" : this.route.name
  }

  /** Whether its time is limited and has not begun. */
  get isUnarmed(): boolean {
    return this.timeoutMs !== NO_LIMIT && !this.isSettled && this.watch?.isArmed !== true
  }

  /** Whether its asker waits no longer than a while, though nobody answers. A signal may never be aborted: it is no limit. */
  get isLimited(): boolean {
    return this.timeoutMs !== NO_LIMIT
  }

  /** Whether an answer would count. */
  get isOpen(): boolean {
    return !this.isSettled && !this.isAnswered
  }
}

/** A cast or a signal is settled by nobody before it is handled. */
export function isOpen(envelope: Envelope): boolean {
  return !envelope.isSettled
}

export function isOpenMessage(envelope: Envelope): boolean {
  return envelope.kind === "message" && !envelope.isSettled
}

export function isOpenRequest(envelope: Envelope): boolean {
  return envelope.isRequest && !envelope.isSettled
}

/** What is over with the answer: its deadline, and whoever is told that nobody waits any more. */
export interface Watch extends TimerNode {
  readonly isArmed: boolean
  /** Whether its handler has looked at its signal. */
  readonly isSeen: boolean
  /** Whether its handler, which failed with this error, has only heard that nobody waits. */
  isHeardIn(error: unknown): boolean
  /** It is settled. */
  release(): void
}

/** Where a message was posted: an inbox, as its messages know it. */
export interface Destination {
  readonly label: string
  readonly kernel: Carrier
  /** Who reads it now. */
  readonly owner: Party | undefined
  readonly isClosed: boolean
  /** So many at most of what waits, the oldest first; it stays. */
  first(most: number): readonly Envelope[]
  /** Notes that a waiting message's time has run out. */
  abandon(): void
}

/** Who has to do with a message: a process that asks or handles, as messages know it. */
export interface Party {
  readonly label: string
  readonly pid: Pid
  readonly parent: Party | undefined
  readonly kernel: Carrier
  readonly inbox: Destination
  readonly status: ProcessStatus
  /** Whether it has been told to end, and has not heard that yet. */
  readonly isUrged: boolean
  readonly isStarted: boolean
  readonly exitReason: ExitReason | undefined
  /** Aborted when it is told to stop, or ends. */
  readonly signal: AbortSignal
  /** In what it does of itself. */
  readonly context: AsyncContext | undefined
  /** Whether its handler may only look at a message: then it says itself that it takes it. */
  readonly isLooking: boolean
  /** A token for each asynchronous callback that is under way. */
  readonly work: readonly object[]
  /** The message that it handles. */
  readonly underWay: Envelope | undefined
  /** Who waits for what it does, and does not go on before. */
  readonly onBehalfOf: Party | undefined
  /** Requests that it has taken and left open, and that no callback of its is under way for. */
  readonly owedAnswers: readonly Envelope[]
  /** Whether the handler of that message waits. */
  isAt(message: Envelope): boolean
  openRequests(most: number): readonly Envelope[]
  /** The request that it has passed on to that process, whose asker waits for the answer. */
  passedOnTo(process: Party): Envelope | undefined
  leaveOpen(request: Envelope): unknown
  /** Told that a request which it had left open or put aside was answered, or that nobody waits for it any more. */
  answered(): void
  onEnded(callback: (reason: ExitReason) => void): void
  forgetEnded(callback: (reason: ExitReason) => void): void
}

/** Why the next reader of that inbox will not come before that process has ended, or has started; `undefined`: it may. */
export type ImpasseRule = (inbox: Destination, asker: Party) => PigeonholeError | undefined

/** Why a process ended, in a word. */
export type RestartReason = "normal" | "shutdown" | "killed" | "noproc" | "crash"

/** Who follows messages, as those who settle them know it. None of it throws. */
export interface Following {
  /** That message, which came with this context, was settled, or given up; `undefined`: well. */
  settled(message: Envelope, context: AsyncContext | undefined, errorKind: ErrorKind | undefined): void
  /** The handler of that cast is done. */
  returned(cast: Envelope): void
  /** Its reader has ended; what waits is the next one's. */
  readerEnded(inbox: Destination, reason: RestartReason): void
}

/** Who carries messages: the kernel, as they and their inboxes know it. */
export interface Carrier {
  readonly counters: Counters
  readonly wheel: TimerWheel
  readonly trace: Trace<KernelEvent> | undefined
  readonly impasse: ImpasseRule | undefined
  /** Where somebody wants to know what becomes of messages. */
  readonly following: Following | undefined
  /** Settles a request that is served where it is asked; … */
  readonly keepAnswer: Settle
  /** … where that has failed, the failure stands here, and whether the answer is wanted as it is. */
  readonly turn: { failure: PigeonholeError | undefined; readonly isHeard: boolean }
  /** Told of what has failed, for processes that may be gone. */
  readonly unheard: { failed(asker: Party, promise: Promise<unknown>): void }
  /** Told of waits for something of the runtime's, where the host wants to know. */
  readonly workload: { began(process: Party): void; ended(process: Party): void } | undefined
  disarm(node: TimerNode): void
  /** Starts the time of a request that a handler has taken and not answered yet. */
  armRequest(request: Envelope): void
  /** Counts and reports an accepted message that no handler will have. */
  report(target: string, message: unknown, cause: UndeliveredCause): void
  /** Does in nobody's async context what is not for one alone. */
  neutrally<This, Parameters extends unknown[], Result>(
    work: (this: This, ...parameters: Parameters) => Result,
    self: This,
    ...parameters: Parameters
  ): Result
}
