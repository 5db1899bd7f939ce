/**
 * One message on its way: what is sent, and who waits for the answer until when. One object shape for
 * all, because every message of the runtime is one of these.
 *
 * Invariant: settled exactly once; what comes later is counted and dropped.
 */

import { canceledError, reasonOf } from "./abort-signal.ts"
import type { AsyncContext } from "./async-context.ts"
import { circleOf } from "./circle.ts"
import { errorOf, Internal, Invalid, isOurs, type PigeonholeError, Timeout, thrownText } from "./errors.ts"
import type { Inbox } from "./inbox.ts"
import type { Process } from "./process.ts"
import { RequestWatch } from "./request-watch.ts"
import { carried, follow, thenableOf } from "./thenable.ts"

/** What a message asks for by name: a `call` has a reply, a `cast` none. */
export interface Route {
  readonly name: string
  readonly kind: "call" | "cast"
  /** Whether its handler has run where it was asked. */
  isWarm?: boolean
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
}

export type Settle = (value: unknown) => void

/** No time limit. A whole number, as all limits are: then the field costs no room of its own. */
export const NO_LIMIT = 0

export class Envelope {
  readonly kind: EnvelopeKind
  readonly inbox: Inbox
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
  asker: Process | undefined
  /** … and for what. */
  promise: Promise<unknown> | undefined
  /** Most are answered before they would need one. */
  #watch: RequestWatch | undefined

  constructor(
    kind: EnvelopeKind,
    inbox: Inbox,
    route: Route | undefined,
    argument: unknown,
    origin: Origin | undefined,
    resolve: Settle | undefined,
    timeoutMs = NO_LIMIT,
    context: AsyncContext | undefined = undefined,
    asker?: Process,
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
    this.#watch = undefined
  }

  get isRequest(): boolean {
    return this.resolve !== undefined
  }

  get operation(): string {
    return this.route === undefined ? "message" : this.route.name
  }

  /** Whether its time is limited and has not begun. */
  get isUnarmed(): boolean {
    return this.timeoutMs !== NO_LIMIT && !this.isSettled && this.#watch?.isArmed !== true
  }

  /** Starts its time, where it has a limit and that was not done before. */
  arm(now: number): void {
    if (!this.isUnarmed) return
    this.#watch ??= new RequestWatch(this)
    this.inbox.kernel.wheel.arm(this.#watch, now + this.timeoutMs)
  }

  /** From now on it is given up when that is aborted. Says what is against it: then it is not to be posted. */
  giveUpBy(signal: AbortSignal | undefined): PigeonholeError | undefined {
    if (signal === undefined) return undefined
    this.#watch = new RequestWatch(this)
    try {
      return this.#watch.follow(signal) ? undefined : canceledError(this.inbox.label, this.operation, reasonOf(signal))
    } catch (error) {
      return errorOf(error)
    }
  }

  /** For its handler: aborted when nobody waits for the answer any more, and when that process is to stop. Made when it is first read. */
  signalFor(handler: Process): AbortSignal {
    this.#watch ??= new RequestWatch(this)
    return this.#watch.signalFor(handler)
  }

  /** Whether a handler that failed with this error has only heard that nobody waits any more. */
  isGivenUpBy(error: unknown): boolean {
    return this.#watch?.isHeardIn(error) ?? false
  }

  /** Whether an answer would count. */
  get isOpen(): boolean {
    return !this.isSettled && !this.isAnswered
  }

  /** Answers it. A thenable is awaited, within the asker's time and its process's life; one that cannot be looked at is a failure. */
  reply(value: unknown): void {
    if (this.isSettled || this.resolve === undefined) return this.give(value)
    let work: Promise<unknown> | undefined
    try {
      work = thenableOf(value)
    } catch (cause) {
      return this.fail(this.#unreadable(cause))
    }
    if (work === undefined) this.give(this.#handed(carried(value)))
    else this.#replyLater(work)
  }

  /** Where it is served where it is asked, its handler goes on, and must not make another thing of the answer: a promise has it from now on. */
  #handed(value: unknown): unknown {
    if ((typeof value !== "object" || value === null) && typeof value !== "function") return value
    return this.resolve === this.inbox.kernel.keepAnswer ? Promise.resolve(value) : value
  }

  /** As `reply`, with a value that is known to be no thenable, as `carried` gives it. */
  give(value: unknown): void {
    if (this.isSettled) return this.#late()
    this.isSettled = true
    this.context = undefined
    if (this.resolve === undefined) return
    this.#disarm()
    this.resolve(value)
  }

  /** It was not posted: nobody will settle it. */
  refused(): void {
    this.isSettled = true
    this.#disarm()
  }

  fail(error: PigeonholeError): void {
    if (this.isSettled) return this.#late()
    this.isSettled = true
    this.context = undefined
    const { resolve } = this
    if (resolve === undefined) return
    const { kernel } = this.inbox
    // Where it is served where it is asked, there may be no room to hand a rejection on: nobody would look at it then.
    if (resolve === kernel.keepAnswer) kernel.turn.failure = error
    this.#disarm()
    if (!this.isTaken) kernel.counters.returned += 1
    if (resolve !== kernel.keepAnswer) resolve(Promise.reject(error))
    if (this.asker !== undefined && this.promise !== undefined) this.asker.kernel.unheard.failed(this.asker, this.promise)
  }

  #replyLater(work: Promise<unknown>): void {
    if (this.isAnswered) return this.#late()
    this.isAnswered = true
    this.inbox.owner?.leaveOpen(this)
    const settled = (settle: () => void): void => {
      const wasSettled = this.isSettled
      settle()
      if (!wasSettled) this.inbox.owner?.answered()
    }
    follow(
      work,
      (value) => settled(() => this.give(value)),
      (error) => settled(() => this.fail(this.#failedAnswer(error))),
    )
  }

  #unreadable(cause: unknown): PigeonholeError {
    const details = { target: this.inbox.label, operation: this.operation }
    return new Invalid(`the answer of ${details.target} to ${details.operation} cannot be read: ${thrownText(cause)}`, { details, cause })
  }

  #failedAnswer(error: unknown): PigeonholeError {
    if (isOurs(error)) return error
    const details = { target: this.inbox.label, operation: this.operation }
    const message = `${details.target} answered ${details.operation} by a promise that failed: ${thrownText(error)}`
    return new Internal(message, { details, cause: error })
  }

  expired(): void {
    const { kernel, label } = this.inbox
    kernel.counters.timeouts += 1
    kernel.trace?.({ type: "timed_out", target: label, operation: this.operation })
    this.#giveUp(this.#timeout())
  }

  canceled(reason: unknown): void {
    if (!this.isSettled) this.#giveUp(canceledError(this.inbox.label, this.operation, reason))
  }

  #giveUp(error: PigeonholeError): void {
    const watch = this.#watch
    this.fail(error)
    // The queue may hold the envelope for long yet; what it carried need not stay.
    this.argument = undefined
    if (!this.isTaken) this.inbox.abandon()
    // Its handler may look later yet.
    else this.#watch = watch
    this.inbox.owner?.answered()
    watch?.gaveUp(error)
  }

  /** Two that wait for each other are the likeliest reason, and the one that nobody sees. */
  #timeout(): Timeout {
    const { label, owner } = this.inbox
    const details = { target: label, operation: this.operation, timeoutMs: this.timeoutMs }
    const message = `${label} did not answer ${this.operation} within ${this.timeoutMs} ms`
    const circle = this.asker === undefined ? undefined : circleOf(this.asker, owner)
    if (circle === undefined) return new Timeout(message, { details })
    return new Timeout(`${message}: they wait for each other, ${circle.join(" → ")}`, { details: { ...details, circle } })
  }

  #disarm(): void {
    const watch = this.#watch
    if (watch === undefined) return
    this.inbox.kernel.disarm(watch)
    watch.release()
    // What its handler has seen stays known: it may fail with it yet.
    if (!watch.isSeen) this.#watch = undefined
  }

  #late(): void {
    if (this.resolve === undefined) return
    const { kernel, label } = this.inbox
    kernel.counters.lateReplies += 1
    kernel.trace?.({ type: "late_reply", target: label, operation: this.operation })
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
