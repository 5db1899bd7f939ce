/**
 * Requests followed by Effect's Tracer: an ask is a span of the client's, its handling one of the server's below it. The parent is the span of the fiber that asks; of what a handler
 * asks, that of the request which it handles.
 *
 * Not here: when it is called (`kernel/request-tracer.ts`).
 */

import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { Unknown } from "../kernel/errors.ts"
import type { PostedRequest, RequestOutcome, RequestTrace, RequestTracer, TraceIds } from "../kernel/request-tracer.ts"

/**
 * A tracer for the option `tracer`, which makes spans by the Tracer of these services; without, by that of the fiber that asks, or Effect's own where no fiber does. What the trace above
 * has decided on sampling counts.
 */
export function effectTracer(services: Context.Context<never> = Context.empty()): RequestTracer {
  return { begin: (request) => begun(request, services) }
}

function begun(request: PostedRequest, services: Context.Context<never>): RequestTrace {
  const asking = Fiber.getCurrent()?.context
  const context = services.mapUnsafe.has(Tracer.TracerKey) ? services : (asking ?? services)
  const parent = request.parent instanceof SpanTrace ? Option.some(request.parent.handling) : spanOf(asking)
  return new SpanTrace(request, parent, Context.get(context, Tracer.Tracer), Context.get(context, Clock.Clock))
}

function spanOf(context: Context.Context<never> | undefined): Option.Option<Tracer.AnySpan> {
  return context === undefined ? Option.none() : Context.getOption(context, Tracer.ParentSpan)
}

/** The span of the request that is handled now, in its handler's synchronous part: what runs a fiber for it puts it above that. */
export const handlingNow: { span: Tracer.AnySpan | undefined } = { span: undefined }

class SpanTrace implements RequestTrace {
  readonly #request: PostedRequest
  readonly #tracer: Tracer.Tracer
  readonly #clock: Clock.Clock
  readonly #client: Tracer.Span
  #server: Tracer.Span | undefined = undefined

  constructor(request: PostedRequest, parent: Option.Option<Tracer.AnySpan>, tracer: Tracer.Tracer, clock: Clock.Clock) {
    this.#request = request
    this.#tracer = tracer
    this.#clock = clock
    this.#client = this.#span(parent, "client")
  }

  /** What is asked while it is handled is below its handling. */
  get handling(): Tracer.AnySpan {
    return this.#server ?? this.#client
  }

  get ids(): TraceIds {
    const { traceId, spanId } = this.handling
    return { traceId, spanId }
  }

  handle(work: () => void): void {
    this.#server ??= this.#span(Option.some(this.#client), "server")
    const before = handlingNow.span
    handlingNow.span = this.#server
    try {
      work()
    } finally {
      handlingNow.span = before
    }
  }

  event(name: string, attributes: Readonly<Record<string, string | number | boolean>>): void {
    this.#client.event(name, this.#now(), attributes)
  }

  end({ outcome, errorKind, waitedMs }: RequestOutcome): void {
    const exit = outcome === "failed" || outcome === "denied" ? Exit.fail(new Unknown(errorKind ?? outcome)) : Exit.void
    const now = this.#now()
    this.#client.attribute("pigeonhole.outcome", outcome)
    this.#client.attribute("pigeonhole.waited_ms", waitedMs)
    if (errorKind !== undefined) this.#client.attribute("error.type", errorKind)
    this.#server?.end(now, exit)
    this.#client.end(now, exit)
  }

  #span(parent: Option.Option<Tracer.AnySpan>, kind: "client" | "server"): Tracer.Span {
    const { target, operation, principal } = this.#request
    const sampled = Option.isNone(parent) || parent.value.sampled
    const span = this.#tracer.span({
      name: `${operation} ${target}`,
      parent,
      kind,
      sampled,
      annotations: Context.empty(),
      links: [],
      startTime: this.#now(),
      root: Option.isNone(parent),
    })
    span.attribute("pigeonhole.target", target)
    span.attribute("pigeonhole.operation", operation)
    if (principal !== undefined) span.attribute("pigeonhole.principal", principal)
    return span
  }

  #now(): bigint {
    return this.#clock.currentTimeNanosUnsafe()
  }
}
