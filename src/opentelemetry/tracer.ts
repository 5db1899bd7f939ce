/**
 * The runtime's tracer on OpenTelemetry: an implementation of the port of `src/kernel/request-tracer.ts`.
 *
 * A message's parent is the active span of its sender's async context; where there is none (no context manager, or the rule `runtime`), the
 * span of the request in whose handling it was posted.
 *
 * Not here: the spans of one message (`traces.ts`), and what they say (`span-words.ts`).
 */

import * as Api from "@opentelemetry/api"
import { invalid, shown } from "../kernel/errors.ts"
import { isA } from "../kernel/instance.ts"
import { boolean, field, memberOf, optional, otherwise } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import type { PostedRequest, RequestTrace, RequestTracer } from "../kernel/request-tracer.ts"
import { SCOPE, SCOPE_VERSION } from "./scope.ts"
import { senderKind, wordsOf } from "./span-words.ts"
import { CarriedTrace, FollowedTrace, TravellingTrace } from "./traces.ts"

/** Options of `openTelemetryTracer`. */
export interface OpenTelemetryTracerOptions {
  /** Where the spans go. Default: the global provider, whenever it is registered. */
  readonly tracerProvider?: Api.TracerProvider
  /** Whether spans say in `enduser.id` who acts. Default: `false`, as that is personal. */
  readonly principal?: boolean
}

const OPTIONS = {
  tracerProvider: optional(
    field<Api.TracerProvider>((value) => typeof memberOf(value, "getTracer") === "function", "a TracerProvider of OpenTelemetry"),
  ),
  principal: otherwise(boolean, false),
}

/**
 * A tracer for `start({ tracer })` that makes spans by OpenTelemetry: of an ask a client span, a child of the sender's active span, and of its
 * handling a server span, a child of that and active while the handler runs; of what is told or cast a producer and a consumer span.
 *
 * A trace that is not sampled gets no spans and goes on through all processes. One that begins here is its provider's to decide about.
 *
 * Errors  Invalid for options. What a provider throws later costs spans and no messages.
 * Cost    two spans a message, where its trace is sampled; else a look at the active span.
 * Source  OpenTelemetry's semantic conventions for RPC, `rpc.system` being `pigeonhole`.
 *
 * @example
 * await using traced = await start({ "app:cache": store() }, { log: () => {}, tracer: openTelemetryTracer() })
 */
export function openTelemetryTracer(options?: OpenTelemetryTracerOptions): RequestTracer {
  const { tracerProvider, principal } = readOptions(options, OPTIONS)
  return new SpanTracer(tracerOf(tracerProvider), principal)
}

function tracerOf(provider: Api.TracerProvider | undefined): Api.Tracer {
  const tracer = provider === undefined ? Api.trace.getTracer(SCOPE, SCOPE_VERSION) : provider.getTracer(SCOPE, SCOPE_VERSION)
  if (typeof memberOf(tracer, "startSpan") === "function") return tracer
  throw invalid("tracerProvider", `must give a Tracer of OpenTelemetry; it gave ${shown(tracer)}`)
}

class SpanTracer implements RequestTracer {
  readonly #tracer: Api.Tracer
  readonly #showsPrincipal: boolean

  constructor(tracer: Api.Tracer, showsPrincipal: boolean) {
    this.#tracer = tracer
    this.#showsPrincipal = showsPrincipal
  }

  begin(request: PostedRequest): RequestTrace | undefined {
    const from = contextOf(request)
    const parent = Api.trace.getSpan(from)
    if (parent !== undefined && isLeftOut(parent)) return new CarriedTrace(parent)
    const words = wordsOf(request, this.#showsPrincipal)
    const span = this.#tracer.startSpan(words.name, { kind: senderKind(words), attributes: { ...words.attributes } }, from)
    if (span.isRecording()) return new FollowedTrace(this.#tracer, words, span)
    return isKnown(span) ? new CarriedTrace(span) : undefined
  }
}

function contextOf({ parent }: PostedRequest): Api.Context {
  const here = Api.context.active()
  const active = Api.trace.getSpan(here)
  if ((active !== undefined && isKnown(active)) || !isA(parent, TravellingTrace)) return here
  return Api.trace.setSpan(here, parent.span)
}

/** Its trace is not sampled, and nobody has it recorded all the same. */
function isLeftOut(span: Api.Span): boolean {
  return isKnown(span) && (span.spanContext().traceFlags & Api.TraceFlags.SAMPLED) === 0 && !span.isRecording()
}

function isKnown(span: Api.Span): boolean {
  return Api.isSpanContextValid(span.spanContext())
}
