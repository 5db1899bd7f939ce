/** Whatever of OpenTelemetry fails, a handler runs once, and what can be ended is ended. */

import { context, type Span, type Tracer, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { afterEach, describe, expect, it } from "vitest"
import { openTelemetryTracer } from "../../src/opentelemetry.ts"
import { ANSWERED, contextsAreCarried, failed, GET, served } from "../support/followed-by-hand.ts"
import { outline, recordingSpans } from "../support/recorded-spans.ts"

afterEach(() => context.disable())

describe("a tracer that fails", () => {
  const wrapped = (change: (span: Span, spans: number) => Span) => {
    const { provider, spans } = recordingSpans()
    let count = 0
    const getTracer = (name: string): Tracer => {
      const tracer = provider.getTracer(name)
      return {
        startSpan: (...parts) => change(tracer.startSpan(...parts), ++count),
        startActiveSpan: () => {
          throw new Error("never called")
        },
      }
    }
    return { tracer: openTelemetryTracer({ tracerProvider: { getTracer } }), spans }
  }
  const boom = (): never => {
    throw new Error("boom")
  }

  it("at a handler's span has it handled under the client's, once", () => {
    contextsAreCarried()
    const { tracer, spans } = wrapped((span, count) => (count === 2 ? boom() : span))
    const inside: unknown[] = []
    served(tracer.begin(GET), () => void inside.push(trace.getActiveSpan()?.spanContext().spanId))
    expect(outline(spans())).toEqual(["CLIENT get app:cache"])
    expect(inside).toEqual([spans()[0]?.spanId])
  })

  it("at the end of one span ends the other", () => {
    const { tracer, spans } = wrapped((span, count) => (count === 2 ? Object.assign(span, { end: boom }) : span))
    const begun = tracer.begin(GET)
    begun?.handle(() => {})
    expect(() => begun?.end(ANSWERED)).toThrow("boom")
    expect(outline(spans())).toEqual(["CLIENT get app:cache"])
  })

  it("to say that a span has ended ends it once all the same", () => {
    let ends = 0
    const { tracer } = wrapped((span) => Object.assign(span, { isRecording: () => true, end: () => ends++ }))
    const begun = tracer.begin(GET)
    served(begun)
    begun?.end(ANSWERED)
    expect(ends).toBe(2)
  })

  it("at what is said of a span ends it all the same", () => {
    const { tracer, spans } = wrapped((span) => Object.assign(span, { setStatus: boom }))
    const begun = tracer.begin(GET)
    expect(() => served(begun, () => {}, failed("INTERNAL"))).toThrow("boom")
    expect(spans()).toHaveLength(2)
  })

  it.each([
    ["throws", boom],
    ["calls nothing", () => undefined],
    ["calls twice", (_context: unknown, work: () => void) => [work(), work()]],
  ])("by a context manager that %s: the handler runs once", (_how, enter) => {
    const manager = new AsyncLocalStorageContextManager()
    Object.assign(manager, { with: enter })
    context.setGlobalContextManager(manager)
    let handled = 0
    served(openTelemetryTracer({ tracerProvider: recordingSpans().provider }).begin(GET), () => handled++)
    expect(handled).toBe(1)
  })

  it("is not thought to, where the handler does", () => {
    const begun = openTelemetryTracer({ tracerProvider: recordingSpans().provider }).begin(GET)
    let handled = 0
    const failing = () => {
      handled++
      boom()
    }
    expect(() => begun?.handle(failing)).toThrow("boom")
    expect(handled).toBe(1)
  })
})
