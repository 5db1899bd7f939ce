/**
 * What travels with a message: the span that is active while it is handled.
 *
 * `FollowedTrace` has spans of its own: one from the post to the answer, and one, its child, for each time that a handler has it.
 * `CarriedTrace` has none, as its trace is not sampled, and only hands on what was decided: without it, each message below would
 * begin a trace, and be sampled, for itself.
 *
 * Invariants
 * - `work` runs exactly once for each `handle`, whatever the tracer, the context manager or a span does.
 * - Each span is ended once, and nothing is said of it afterwards.
 * - The rest of a context (baggage) is that in which the handler runs anyway: it travels by the runtime's rule about async contexts. The span
 *   travels by any rule, and without a context manager.
 */

import * as Api from "@opentelemetry/api"
import type { RequestOutcome, RequestTrace, TraceIds } from "../kernel/request-tracer.ts"
import { complain } from "./scope.ts"
import { endSpan, handlerKind, type SpanWords } from "./span-words.ts"

/** A trace of ours, whoever's provider its spans are of. */
export abstract class TravellingTrace implements RequestTrace {
  /** What is asked in its handling is a child of this. */
  abstract readonly span: Api.Span

  abstract handle(work: () => void): void
  abstract event(name: string, attributes: Readonly<Record<string, string | number | boolean>>): void
  abstract end(outcome: RequestOutcome): void

  get ids(): TraceIds {
    const { traceId, spanId } = this.span.spanContext()
    return { traceId, spanId }
  }
}

export class CarriedTrace extends TravellingTrace {
  readonly span: Api.Span

  constructor(span: Api.Span) {
    super()
    this.span = span
  }

  handle(work: () => void): void {
    runUnder(this.span, work)
  }

  event(): void {}
  end(): void {}
}

export class FollowedTrace extends TravellingTrace {
  readonly #tracer: Api.Tracer
  readonly #words: SpanWords
  /** From the post on. */
  readonly #posted: Api.Span
  /** While a handler has it, and until the end. */
  #handled: Api.Span | undefined = undefined
  #hasEnded = false

  constructor(tracer: Api.Tracer, words: SpanWords, posted: Api.Span) {
    super()
    this.#tracer = tracer
    this.#words = words
    this.#posted = posted
  }

  get span(): Api.Span {
    return this.#handled ?? this.#posted
  }

  handle(work: () => void): void {
    // Who asked has given up meanwhile: no span that nobody would end.
    if (!this.#hasEnded) this.#beginHandling()
    runUnder(this.span, work)
  }

  event(name: string, attributes: Readonly<Record<string, string | number | boolean>>): void {
    if (!this.#hasEnded) this.span.addEvent(name, { ...attributes })
  }

  end(outcome: RequestOutcome): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    try {
      if (this.#handled !== undefined) endSpan(this.#handled, outcome)
    } finally {
      endSpan(this.#posted, outcome)
    }
  }

  #beginHandling(): void {
    const before = this.#handled
    try {
      this.#handled = this.#tracer.startSpan(this.#words.name, this.#optionsAfter(before), underSpan(this.#posted))
      // What was put aside is over with; so is the post of what nobody waits for, once it has arrived.
      const over = before ?? (this.#words.isAnswered ? undefined : this.#posted)
      if (over?.isRecording()) over.end()
    } catch (error) {
      complain("the span of a handler failed", error)
    }
  }

  /** Handled anew, it is linked to the time before; what was sent without waiting, to the post. */
  #optionsAfter(before: Api.Span | undefined): Api.SpanOptions {
    const linked = before ?? (this.#words.isAnswered ? undefined : this.#posted)
    return {
      kind: handlerKind(this.#words),
      attributes: { ...this.#words.attributes },
      links: linked === undefined ? [] : [{ context: linked.spanContext() }],
    }
  }
}

/** The present context, with that span for the active one. */
export function underSpan(span: Api.Span): Api.Context {
  return Api.trace.setSpan(Api.context.active(), span)
}

function runUnder(span: Api.Span, work: () => void): void {
  let hasRun = false
  const once = (): void => {
    if (hasRun) return
    hasRun = true
    work()
  }
  try {
    Api.context.with(underSpan(span), once)
  } catch (error) {
    if (hasRun) throw error
    complain("the context could not be entered", error)
  }
  once()
}
