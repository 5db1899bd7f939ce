/**
 * Follows messages: which are followed, in whose handling each was posted, and what became of it. There while somebody wants to know; otherwise each
 * place costs one comparison with `undefined`.
 *
 * Invariant: what it is told of messages that are not followed changes nothing.
 */

import type { AsyncContext } from "./async-context.ts"
import { ContainedTracer } from "./contained-trace.ts"
import { type Carrier, Envelope, type Following, type Origin, type Party, type RestartReason, type Route } from "./envelope.ts"
import type { ErrorKind } from "./errors.ts"
import { type FollowedBy, FollowedRequest, type Posted, present, type RequestSample } from "./followed-request.ts"
import type { Host } from "./host.ts"
import { presentProcess } from "./present-process.ts"
import type { RequestOutcome, RequestTracer, TraceIds } from "./request-tracer.ts"
import type { Turn } from "./turn.ts"

/** The runtime's own eye on requests: of a share of them, each with all that follows from it. */
export interface RequestSampler {
  /** For a message that nobody's handling has brought forth; `undefined`: it is none of the share. */
  root(): RequestSample | undefined
  child(parent: RequestSample): RequestSample
  /** Must not throw. */
  ended(sample: RequestSample, posted: Posted, outcome: RequestOutcome): void
}

/** What it needs of the kernel. */
interface Followable extends Carrier {
  readonly host: Host
  readonly turn: Turn
  fault(what: string, error: unknown): void
}

/** So many of those that wait for a restart are told of it. */
const MOST_TOLD = 1000

export class RequestFollowing implements Following, FollowedBy {
  readonly #kernel: Followable
  readonly #tracer: ContainedTracer | undefined
  sampler: RequestSampler | undefined = undefined
  current: FollowedRequest | undefined = undefined
  /** What an inspector posts while it is told of a request is not followed: it would be told of its own without end. */
  #isTelling = false
  /** Why the last reader of those inboxes has ended, while something waits there. */
  readonly #between = new WeakMap<object, RestartReason>()

  constructor(kernel: Followable, tracer?: RequestTracer) {
    this.#kernel = kernel
    this.#tracer = tracer === undefined ? undefined : new ContainedTracer(tracer, (error) => kernel.fault("a tracer", error))
  }

  get hasTracer(): boolean {
    return this.#tracer !== undefined
  }

  now(): number {
    return this.#kernel.host.now()
  }

  begin(
    target: string,
    route: Route | undefined,
    isRequest: boolean,
    origin: Origin | undefined,
    asker: Party | undefined,
    context: AsyncContext | undefined,
  ): AsyncContext | undefined {
    if (this.#isTelling || this.#tracer?.isTold === true) return context
    const parent = this.#parentOf(asker)
    const sample = this.#sampleOf(parent, asker)
    if (sample === undefined && this.#tracer === undefined) return context
    const kind = route === undefined ? (isRequest ? "ask" : "tell") : isRequest ? "call" : "cast"
    const posted: Posted = { target, operation: route?.name ?? "message", kind, principal: origin?.principal?.id }
    const trace = this.#tracer?.begin({ ...posted, parent: parent?.trace?.givenTo(this.#tracer) })
    if (trace === undefined && sample === undefined) return context
    return new FollowedRequest(this, posted, trace, sample, context)
  }

  /** It was not posted, for that reason. `caller`: who posts, as far as it is known. */
  turnedAway(
    target: string,
    route: Route | undefined,
    isRequest: boolean,
    origin: Origin | undefined,
    caller: Party | undefined,
    kind: ErrorKind,
  ): void {
    const asker = this.#kernel.turn.process ?? caller ?? presentProcess()
    const followed = this.begin(target, route, isRequest, origin, asker, undefined)
    if (!(followed instanceof FollowedRequest)) return
    followed.end(kind === "PERMISSION_DENIED" ? "denied" : "failed", kind, false)
  }

  settled(envelope: Envelope, context: AsyncContext | undefined, errorKind: ErrorKind | undefined): void {
    if (!(context instanceof FollowedRequest)) return
    // What it goes on to ask, and what is logged of it, is of this request yet.
    envelope.context = context
    const outcome = errorKind !== undefined ? "failed" : envelope.isRequest ? "answered" : "handled"
    context.end(outcome, errorKind, envelope.isTaken)
  }

  returned(cast: Envelope): void {
    if (cast.isTaken && !cast.isRequest) this.settled(cast, cast.context, undefined)
  }

  taken(envelope: Envelope): void {
    const followed = followedBy(envelope)
    followed?.taken(envelope.inbox.owner)
    if (!envelope.isRequest) followed?.end("handled", undefined, true)
  }

  tellEnd({ trace, sample, posted }: FollowedRequest, outcome: RequestOutcome): void {
    trace?.end(outcome)
    if (sample === undefined) return
    const wasTelling = this.#isTelling
    this.#isTelling = true
    this.sampler?.ended(sample, posted, outcome)
    this.#isTelling = wasTelling
  }

  readerEnded(inbox: object, reason: RestartReason): void {
    this.#between.set(inbox, reason)
  }

  readerBegan(inbox: { readonly label: string; first(most: number): readonly Envelope[] }): void {
    const reason = this.#between.get(inbox)
    if (reason === undefined) return
    this.#between.delete(inbox)
    const attributes = { target: inbox.label, reason }
    for (const envelope of inbox.first(MOST_TOLD)) if (!envelope.isSettled) followedBy(envelope)?.trace?.event("restart", attributes)
  }

  /** Of what is handled now, by that process where it is known. */
  idsNow(process: Party | undefined): TraceIds | undefined {
    return this.#tracer === undefined ? undefined : this.#parentOf(process ?? this.#kernel.turn.process)?.trace?.ids
  }

  idsOf(message: Envelope | undefined): TraceIds | undefined {
    return followedBy(message)?.trace?.ids
  }

  /** In whose handling that process, or whoever it is, posts now; of another runtime's, too. */
  #parentOf(asker: Party | undefined): FollowedRequest | undefined {
    if (this.current !== undefined) return this.current
    const { turn } = this.#kernel
    if (asker !== undefined && turn.process === asker) return followedBy(turn.envelope)
    const around = present.getStore()
    if (asker === undefined) return around?.isOver === false ? around : undefined
    return around?.handler === asker ? around : followedBy(messagesOf(asker)[0], messagesOf(asker).length)
  }

  /** Whole traces or nothing: what the handling of one brings forth that was not picked is not picked either. */
  #sampleOf(parent: FollowedRequest | undefined, asker: Party | undefined): RequestSample | undefined {
    const { sampler } = this
    if (sampler === undefined) return undefined
    if (parent?.isBy(this) === true) return parent.sample === undefined ? undefined : sampler.child(parent.sample)
    return asker !== undefined && this.#isHandling(asker) ? undefined : sampler.root()
  }

  /** What another runtime's process handles is numbered, and picked, there. */
  #isHandling(asker: Party): boolean {
    const { turn } = this.#kernel
    if (turn.process === asker) return turn.envelope?.kind === "message"
    return asker.kernel === this.#kernel && messagesOf(asker).length > 0
  }
}

/** Where several are handled side by side, nobody knows which. */
function followedBy(envelope: Envelope | undefined, among = 1): FollowedRequest | undefined {
  const context = among === 1 ? envelope?.context : undefined
  return context instanceof FollowedRequest ? context : undefined
}

/** What a process has in hand while it waits. */
function messagesOf(process: Party): readonly Envelope[] {
  const { underWay } = process
  if (underWay !== undefined) return underWay.kind === "message" ? [underWay] : []
  return process.work.filter((token) => token instanceof Envelope && token.kind === "message") as Envelope[]
}
