/**
 * The port to whoever follows requests across processes: OpenTelemetry, Effect's Tracer, or a tracer of one's own. Given to `start` as `tracer`.
 *
 * The runtime calls it where it knows what nobody outside does: where a message is posted (in the async context of its sender, so that the
 * sender's span is the parent), around its handler (so that what the handler asks is a child of it), and where it is settled.
 *
 * Invariants
 * - Without a tracer, each place costs one comparison with `undefined`.
 * - What a tracer throws is contained and logged; the request goes its way.
 * - `end` is called once for each trace that `begin` has given, whatever becomes of the request.
 */

/** A message that is posted, as a tracer is told of it. Never what it carries. */
export interface PostedRequest {
  /** Whom it is for: the id of a service, a name or a pid. */
  readonly target: string
  /** The name of the call or cast; `message` for what has none. */
  readonly operation: string
  /** `call`, `cast`: by name; `ask`, `tell`: without one. A `call` and an `ask` are answered. */
  readonly kind: "call" | "cast" | "ask" | "tell"
  /** Who acts, where it came through a mailbox. */
  readonly principal: string | undefined
  /** The trace of the request in whose handling it was posted, where that has one. */
  readonly parent: RequestTrace | undefined
}

/** What became of a message. */
export interface RequestOutcome {
  /** `handled`: of what has no answer. `failed`: the answer is an error; `denied`: a policy said no, and nothing was posted. */
  readonly outcome: "answered" | "handled" | "failed" | "denied"
  /** The kind of the error, as in `PigeonholeError.kind`. */
  readonly errorKind: string | undefined
  /** Milliseconds from the post to its handler. All of the time where no handler had it. */
  readonly waitedMs: number
  /** Milliseconds from there to the answer. */
  readonly handledMs: number
}

/** How a trace is known elsewhere, in lower-case hexadecimal digits: 32 of the trace, 16 of the span. */
export interface TraceIds {
  /** 32 digits; the same for all that belongs together. */
  readonly traceId: string
  /** 16 digits. */
  readonly spanId: string
}

/** One message that is followed. */
export interface RequestTrace {
  /** Of the span that handles it; log lines of its handling carry them. */
  readonly ids: TraceIds | undefined
  /** Calls `work`, the handler, so that what it asks is seen as its child. Called again where it was put aside and is handled anew. */
  handle(work: () => void): void
  /** Something befell it: its service was restarted while it waited. */
  event(name: string, attributes: Readonly<Record<string, string | number | boolean>>): void
  /** It is settled; of what has no answer: handled. Called once. */
  end(outcome: RequestOutcome): void
}

/** Follows messages. */
export interface RequestTracer {
  /** A message is about to be posted; called in its sender's async context. `undefined`: this one is not followed. */
  begin(request: PostedRequest): RequestTrace | undefined
}
