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
import { invalid, shown, Unknown } from "../kernel/errors.ts"
import { passes } from "../kernel/instance.ts"
import type { PostedRequest, RequestOutcome, RequestTrace, RequestTracer, TraceIds } from "../kernel/request-tracer.ts"

/**
 * A tracer for the option `tracer`, which makes spans by the Tracer of the fiber that asks; where that has none of its own, by that of these services, or Effect's own.
 * What the trace above has decided on sampling counts. A layer traces by it without being told.
 *
 * Errors  Invalid for what is no context.
 */
export function effectTracer(services: Context.Context<never> = Context.empty()): RequestTracer {
  if (!passes(services, Context.isContext)) throw invalid("services", `must be a Context of Effect; got ${shown(services)}`)
  return { begin: (request) => begun(request, services) }
}

/** As `effectTracer`, for a layer that was told of no tracer: without one in its context, it follows what a span stands above. */
export function tracerOf(services: Context.Context<never>): RequestTracer {
  if (hasTracer(services)) return effectTracer(services)
  return { begin: (request) => (request.parent !== undefined || hasSpanAbove() ? begun(request, services) : undefined) }
}

function hasTracer(services: Context.Context<never>): boolean {
  return services.mapUnsafe.has(Tracer.TracerKey)
}

function hasSpanAbove(): boolean {
  return Fiber.getCurrent()?.context.mapUnsafe.has(Tracer.ParentSpanKey) === true
}

function begun(request: PostedRequest, services: Context.Context<never>): RequestTrace {
  const above = request.parent instanceof SpanTrace ? request.parent : undefined
  const asking = Fiber.getCurrent()?.context
  if (above !== undefined && !isWithin(asking, above)) return new SpanTrace(request, Option.some(above.handling), above.tracer, above.clock)
  const own = asking ?? services
  const tracer = Context.get(hasTracer(own) ? own : services, Tracer.Tracer)
  return new SpanTrace(request, spanAbove(own), tracer, Context.get(services, Clock.Clock), Context.get(own, TracerEnabled))
}

/** Effect's own, by its key: an Effect that has no such module must be told that it does not fit, and not be looked for. */
export const TracerEnabled: Context.Reference<boolean> = Context.Reference("effect/References/TracerEnabled", { defaultValue: () => true })

/** As for a span that Effect makes: what is not to be propagated is passed over. */
function spanAbove(context: Context.Context<never>): Option.Option<Tracer.AnySpan> {
  let span = Context.getOption(context, Tracer.ParentSpan)
  while (Option.isSome(span) && Context.get(span.value.annotations, Tracer.DisablePropagation))
    span = span.value._tag === "Span" ? span.value.parent : Option.none()
  return span
}

/** In the handling of which request a fiber runs. Whoever runs code of another's on its stack, as a process that serves at once, is not within that. */
const Handling: Context.Reference<RequestTrace | undefined> = Context.Reference("pigeonhole/Handling", {
  defaultValue: (): RequestTrace | undefined => undefined,
})

function isWithin(asking: Context.Context<never> | undefined, trace: RequestTrace): boolean {
  return asking !== undefined && Context.get(asking, Handling) === trace
}

let handledNow: SpanTrace | undefined

/** The services of a handler's fiber: its spans, and what it asks, are below the span of the request that is handled now, in its handler's synchronous part. */
export function belowHandling(services: Context.Context<never>): Context.Context<never> | undefined {
  const trace = handledNow
  if (trace === undefined) return undefined
  const below = Context.add(Context.add(services, Tracer.ParentSpan, trace.handling), Handling, trace)
  return Context.add(below, Tracer.Tracer, trace.tracer)
}

class SpanTrace implements RequestTrace {
  readonly #request: PostedRequest
  readonly tracer: Tracer.Tracer
  readonly clock: Clock.Clock
  readonly #isEnabled: boolean
  readonly #client: Tracer.Span
  #server: Tracer.Span | undefined = undefined

  constructor(request: PostedRequest, parent: Option.Option<Tracer.AnySpan>, tracer: Tracer.Tracer, clock: Clock.Clock, isEnabled = true) {
    this.#request = request
    this.tracer = tracer
    this.clock = clock
    this.#isEnabled = isEnabled
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
    const before = handledNow
    handledNow = this
    try {
      work()
    } finally {
      handledNow = before
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
    const sampled = this.#isEnabled && (Option.isNone(parent) || parent.value.sampled)
    const span = this.tracer.span({
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
    return this.clock.currentTimeNanosUnsafe()
  }
}
