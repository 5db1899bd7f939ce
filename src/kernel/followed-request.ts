/**
 * One message that is followed. It is the async context that the message is handled in: so it comes by wherever a handler is given it, and the way of
 * all others has no branch for it.
 *
 * Invariants
 * - It ends once, whatever becomes of the message.
 * - What was put aside counts as waiting: handled is what the handler took that has ended it.
 *
 * Not here: which messages are followed, and where they are settled (`request-following.ts`).
 */

import { type AsyncContext, runIn } from "./async-context.ts"
import type { ContainedTrace } from "./contained-trace.ts"
import { Envelope, type Party } from "./envelope.ts"
import { presence } from "./present-request.ts"
import type { PostedRequest, RequestOutcome } from "./request-tracer.ts"

/** In whose handling the present code runs. */
export const present = presence<FollowedRequest>()

/** A request that the runtime itself tells of: one of those that chance has picked. */
export interface RequestSample {
  readonly id: number
  /** Of the request in whose handling it was posted. */
  readonly parent: number | undefined
  /** What was drawn for its root, in [0, 1): whoever wants a greater share has it. */
  readonly draw: number
}

/** What is posted, before it is known who follows it. */
export type Posted = Omit<PostedRequest, "parent">

/** What becomes of followed messages, as those say it. */
export interface FollowedBy {
  /** Whose handler runs at this moment, in its synchronous part. */
  current: FollowedRequest | undefined
  now(): number
  /** A handler was given that cast and has returned. */
  returned(cast: Envelope): void
  tellEnd(request: FollowedRequest, outcome: RequestOutcome): void
}

export class FollowedRequest implements AsyncContext {
  readonly posted: Posted
  readonly trace: ContainedTrace | undefined
  readonly sample: RequestSample | undefined
  readonly #by: FollowedBy
  /** `undefined`: it is handled in its process's own. */
  #sender: AsyncContext | undefined
  readonly #postedAt: number
  #beganAt: number
  /** Who had it last. */
  handler: Party | undefined = undefined
  isOver = false

  constructor(
    by: FollowedBy,
    posted: Posted,
    trace: ContainedTrace | undefined,
    sample: RequestSample | undefined,
    sender: AsyncContext | undefined,
  ) {
    this.#by = by
    this.posted = posted
    this.trace = trace
    this.sample = sample
    this.#sender = sender
    this.#postedAt = by.now()
    this.#beganAt = this.#postedAt
  }

  /** Whether it is one of those: of that runtime, for whoever listens there now. */
  isBy(following: FollowedBy): boolean {
    return this.#by === following
  }

  /** A handler is given it, or whoever passes it on does so. */
  runInAsyncScope<This, Parameters extends unknown[], Result>(
    work: (this: This, ...parameters: Parameters) => Result,
    self: This,
    ...parameters: Parameters
  ): Result {
    const [message] = parameters
    const envelope = message instanceof Envelope ? message : undefined
    const owner = envelope?.inbox.owner
    const context = this.#sender ?? owner?.context
    if (owner?.isLooking === true) return runIn(context, work, self, ...parameters)
    this.#began(owner)
    const result = runIn(context, this.#handle<Result>, this, () => Reflect.apply(work, self, parameters))
    if (envelope?.isRequest === false && owner?.isAt(envelope) !== true) this.#by.returned(envelope)
    return result
  }

  /** One that takes its messages by itself has it now, and goes on in its own time. */
  taken(owner: Party | undefined): void {
    this.#began(owner)
    this.trace?.handle(() => {})
  }

  #began(handler: Party | undefined): void {
    this.handler = handler
    this.#beganAt = this.#by.now()
  }

  #handle<Result>(work: () => Result): Result {
    const by = this.#by
    const before = by.current
    const { trace } = this
    by.current = this
    try {
      return present.run(this, () => (trace === undefined ? work() : trace.handle(work)))
    } finally {
      by.current = before
    }
  }

  /** `isTaken`: a handler has it, or had it last. */
  end(outcome: RequestOutcome["outcome"], errorKind: string | undefined, isTaken: boolean): void {
    if (this.isOver) return
    this.isOver = true
    this.#sender = undefined
    const now = this.#by.now()
    const beganAt = isTaken ? this.#beganAt : now
    const times = { waitedMs: beganAt - this.#postedAt, handledMs: now - beganAt }
    this.#by.tellEnd(this, { outcome, errorKind, ...times })
  }
}
