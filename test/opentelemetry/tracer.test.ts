/** The tracer by itself, called as the kernel calls it. What runtimes make of it: `traced-runtime.test.ts`. */

import { context, diag, INVALID_SPAN_CONTEXT, propagation, ROOT_CONTEXT, type SpanContext, type Tracer, trace } from "@opentelemetry/api"
import { AlwaysOffSampler, AlwaysOnSampler, createAlwaysRecordSampler } from "@opentelemetry/sdk-trace"
import { afterEach, describe, expect, it } from "vitest"
import type { RequestTrace } from "../../src/kernel/request-tracer.ts"
import { openTelemetryTracer } from "../../src/opentelemetry.ts"
import { fieldOf } from "../support/errors.ts"
import { ANSWERED, contextsAreCarried, failed, GET, HANDLED, served } from "../support/followed-by-hand.ts"
import { outline, recordingSpans } from "../support/recorded-spans.ts"

const UNSAMPLED: SpanContext = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 0, isRemote: true }
const SAMPLED: SpanContext = { ...UNSAMPLED, traceFlags: 1 }
const under = <Result>(span: SpanContext, work: () => Result): Result => context.with(trace.setSpanContext(context.active(), span), work)

afterEach(() => {
  context.disable()
  trace.disable()
  diag.disable()
})

describe("a request", () => {
  it("is a client span, and its handling a server span below it", () => {
    const { provider, spans } = recordingSpans()
    served(openTelemetryTracer({ tracerProvider: provider }).begin(GET))
    const attributes = { "rpc.system": "pigeonhole", "rpc.service": "app:cache", "rpc.method": "get" }
    expect(outline(spans())).toEqual(["CLIENT get app:cache > SERVER get app:cache"])
    expect(spans().map((span) => span.attributes)).toEqual([attributes, attributes])
    expect(spans().map(({ status }) => status)).toEqual(["UNSET", "UNSET"])
    expect(spans().map(({ links }) => links)).toEqual([[], []])
  })

  it("that is cast is a producer span, over when it has arrived, and its handling a consumer span linked to it", () => {
    const { provider, spans } = recordingSpans()
    const begun = openTelemetryTracer({ tracerProvider: provider }).begin({ ...GET, operation: "reset", kind: "cast" })
    let before: number | undefined
    begun?.handle(() => {
      before = spans().length
    })
    begun?.end(HANDLED)
    const [producer, consumer] = spans()
    expect(before).toBe(1)
    expect(outline(spans())).toEqual(["PRODUCER reset app:cache > CONSUMER reset app:cache"])
    expect(consumer?.links).toEqual([producer?.spanId])
  })

  it("to a pid has no pid in its name", () => {
    const { provider, spans } = recordingSpans()
    served(openTelemetryTracer({ tracerProvider: provider }).begin({ ...GET, target: "<12>", operation: "message", kind: "ask" }))
    expect(spans().map(({ name }) => name)).toEqual(["message process", "message process"])
    expect(spans()[0]?.attributes).toEqual({ "rpc.system": "pigeonhole", "pigeonhole.pid": "<12>", "rpc.method": "message" })
  })

  it("says who acts only where that is asked for", () => {
    const { provider, spans } = recordingSpans()
    served(openTelemetryTracer({ tracerProvider: provider, principal: true }).begin(GET))
    served(openTelemetryTracer({ tracerProvider: provider, principal: true }).begin({ ...GET, principal: undefined }))
    served(openTelemetryTracer({ tracerProvider: provider }).begin(GET))
    expect(spans().map(({ attributes }) => attributes["enduser.id"])).toEqual(["alice", "alice", ...Array(4).fill(undefined)])
  })

  it("that fails has the kind of its error, in both spans", () => {
    const { provider, spans } = recordingSpans()
    served(openTelemetryTracer({ tracerProvider: provider }).begin(GET), () => {}, failed("NOT_FOUND"))
    expect(spans().map(({ status, attributes }) => [status, attributes["error.type"]])).toEqual([
      ["ERROR", "NOT_FOUND"],
      ["ERROR", "NOT_FOUND"],
    ])
  })

  it("that nobody has handled is a client span alone", () => {
    const { provider, spans } = recordingSpans()
    openTelemetryTracer({ tracerProvider: provider }).begin(GET)?.end(failed("TIMEOUT"))
    expect(outline(spans())).toEqual(["CLIENT get app:cache"])
    expect(spans()[0]?.attributes["error.type"]).toBe("TIMEOUT")
  })

  it("that is denied has an event, and no error", () => {
    const { provider, spans } = recordingSpans()
    openTelemetryTracer({ tracerProvider: provider })
      .begin(GET)
      ?.end({ ...ANSWERED, outcome: "denied", errorKind: "PERMISSION_DENIED" })
    expect(spans().map(({ status, events }) => [status, events])).toEqual([["UNSET", ["denied"]]])
  })

  it("has what befalls it as an event of the span that is under way", () => {
    const { provider, spans } = recordingSpans()
    const begun = openTelemetryTracer({ tracerProvider: provider }).begin(GET)
    begun?.event("restarted", { reason: "boom" })
    begun?.handle(() => begun.event("upgraded", {}))
    begun?.end(ANSWERED)
    begun?.event("late", {})
    expect(spans().map(({ kind, events }) => [kind, events])).toEqual([
      ["SERVER", ["upgraded"]],
      ["CLIENT", ["restarted"]],
    ])
  })

  it("that is handled anew has a span for each time, linked to the one before", () => {
    const { provider, spans } = recordingSpans()
    const begun = openTelemetryTracer({ tracerProvider: provider }).begin(GET)
    begun?.handle(() => {})
    begun?.handle(() => {})
    begun?.end(ANSWERED)
    const [first, second] = spans()
    expect(outline(spans())).toEqual(["CLIENT get app:cache > (SERVER get app:cache, SERVER get app:cache)"])
    expect([first?.links, second?.links]).toEqual([[], [first?.spanId]])
  })

  it("that is ended twice, or by somebody else, has its spans once, and nothing is complained of", () => {
    const complaints: unknown[] = []
    const note = (...told: unknown[]) => void complaints.push(told)
    diag.setLogger({ error: note, warn: note, info: () => {}, debug: () => {}, verbose: () => {} })
    contextsAreCarried()
    const { provider, spans } = recordingSpans()
    const begun = openTelemetryTracer({ tracerProvider: provider }).begin(GET)
    begun?.handle(() => trace.getActiveSpan()?.end())
    begun?.handle(() => trace.getActiveSpan()?.end())
    begun?.end(ANSWERED)
    begun?.end(failed("INTERNAL"))
    begun?.event("late", {})
    expect(spans()).toHaveLength(3)
    expect(complaints).toEqual([])
  })

  it("that is handled once its caller has given up has no span that stays open, and runs in its trace", () => {
    contextsAreCarried()
    const { provider, spans, started } = recordingSpans()
    const begun = openTelemetryTracer({ tracerProvider: provider }).begin(GET)
    begun?.end(failed("TIMEOUT"))
    let inside: string | undefined
    begun?.handle(() => {
      inside = trace.getActiveSpan()?.spanContext().traceId
    })
    expect([started(), spans().length]).toEqual([1, 1])
    expect(inside).toBe(spans()[0]?.traceId)
  })

  it("gives log lines the ids of the span that handles it", () => {
    const { provider, spans } = recordingSpans()
    const begun = openTelemetryTracer({ tracerProvider: provider }).begin(GET)
    served(begun)
    const [{ traceId, spanId } = { traceId: "", spanId: "" }] = spans()
    expect(begun?.ids).toEqual({ traceId, spanId })
    expect(traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(spanId).toMatch(/^[0-9a-f]{16}$/)
  })
})

describe("the parent of a request", () => {
  it("is the active span of its sender", () => {
    contextsAreCarried()
    const { provider, spans } = recordingSpans()
    under(SAMPLED, () => served(openTelemetryTracer({ tracerProvider: provider }).begin(GET)))
    expect(spans().map(({ traceId }) => traceId)).toEqual([SAMPLED.traceId, SAMPLED.traceId])
    expect(spans()[1]?.parentId).toBe(SAMPLED.spanId)
  })

  it("is, in a handler, the span of that, and spans of others nest there too", async () => {
    contextsAreCarried()
    const { provider, spans } = recordingSpans()
    const tracer = openTelemetryTracer({ tracerProvider: provider })
    const outer = tracer.begin({ ...GET, target: "app:web" })
    const handling: Promise<void>[] = []
    outer?.handle(() => {
      const work = async () => {
        provider.getTracer("mine").startSpan("fetch").end()
        await Promise.resolve()
        served(tracer.begin(GET))
      }
      handling.push(work())
    })
    await Promise.all(handling)
    outer?.end(ANSWERED)
    expect(outline(spans())).toEqual([
      "CLIENT get app:web > SERVER get app:web > (INTERNAL fetch, CLIENT get app:cache > SERVER get app:cache)",
    ])
  })

  it("is the request in whose handling it was posted, where nobody carries a context", () => {
    const { provider, spans } = recordingSpans()
    const tracer = openTelemetryTracer({ tracerProvider: provider })
    const outer = tracer.begin({ ...GET, target: "app:web" })
    outer?.handle(() => served(tracer.begin({ ...GET, parent: outer })))
    outer?.end(ANSWERED)
    expect(outline(spans())).toEqual(["CLIENT get app:web > SERVER get app:web > CLIENT get app:cache > SERVER get app:cache"])
  })

  it("is that request, too, where the active span is none", () => {
    contextsAreCarried()
    const { provider, spans } = recordingSpans()
    const tracer = openTelemetryTracer({ tracerProvider: provider })
    const outer = tracer.begin({ ...GET, target: "app:web" })
    under(INVALID_SPAN_CONTEXT, () => served(tracer.begin({ ...GET, parent: outer })))
    outer?.end(ANSWERED)
    expect(outline(spans())).toEqual(["CLIENT get app:web > CLIENT get app:cache > SERVER get app:cache"])
  })

  it("is nobody, where that request has a trace of somebody else's", () => {
    const { provider, spans } = recordingSpans()
    const foreign: RequestTrace = { ids: undefined, handle: (work) => work(), event: () => {}, end: () => {} }
    served(openTelemetryTracer({ tracerProvider: provider }).begin({ ...GET, parent: foreign }))
    expect(spans()[1]?.parentId).toBeUndefined()
  })

  it("may be of another provider: what is below goes to its own", () => {
    contextsAreCarried()
    const here = recordingSpans()
    const there = recordingSpans()
    const outer = openTelemetryTracer({ tracerProvider: here.provider }).begin({ ...GET, target: "app:web" })
    outer?.handle(() => served(openTelemetryTracer({ tracerProvider: there.provider }).begin(GET)))
    outer?.end(ANSWERED)
    expect(outline(here.spans())).toEqual(["CLIENT get app:web > SERVER get app:web"])
    expect(outline(there.spans())).toEqual(["CLIENT get app:cache > SERVER get app:cache"])
    expect(there.spans()[1]?.parentId).toBe(here.spans()[0]?.spanId)
  })
})

describe("a trace that is not sampled", () => {
  it.each([
    ["as its sampler follows the parent", undefined],
    ["whatever its sampler would say", new AlwaysOnSampler()],
  ])("has no spans, %s, and goes on through all processes", (_why, sampler) => {
    contextsAreCarried()
    const { provider, spans } = recordingSpans(sampler)
    const tracer = openTelemetryTracer({ tracerProvider: provider })
    const seen: (SpanContext | undefined)[] = []
    const outer = under(UNSAMPLED, () => tracer.begin(GET))
    // In nobody's context, as by the rule `runtime`.
    context.with(ROOT_CONTEXT, () =>
      served(outer, () => served(tracer.begin(GET), () => void seen.push(trace.getActiveSpan()?.spanContext()))),
    )
    expect(spans()).toEqual([])
    expect(seen).toEqual([UNSAMPLED])
    expect(outer?.ids).toEqual({ traceId: UNSAMPLED.traceId, spanId: UNSAMPLED.spanId })
  })

  it("and is recorded all the same, by somebody's sampler, is its sampler's to decide about", () => {
    contextsAreCarried()
    const { provider, spans, started } = recordingSpans(createAlwaysRecordSampler(new AlwaysOffSampler()))
    served(openTelemetryTracer({ tracerProvider: provider }).begin(GET), () => {
      served(openTelemetryTracer({ tracerProvider: provider }).begin(GET))
    })
    // Recorded, and not exported.
    expect([started(), spans().length]).toEqual([4, 0])
  })

  it("goes on where nobody carries a context", () => {
    const { provider, spans } = recordingSpans(new AlwaysOffSampler())
    const tracer = openTelemetryTracer({ tracerProvider: provider })
    const outer = tracer.begin(GET)
    let inner: RequestTrace | undefined
    served(outer, () => {
      inner = tracer.begin({ ...GET, parent: outer })
    })
    expect(spans()).toEqual([])
    expect(outer?.ids).toBeDefined()
    expect(inner?.ids).toEqual(outer?.ids)
  })

  it("that begins here is decided upon once, by the provider's sampler", () => {
    let asked = 0
    const sampler = new AlwaysOffSampler()
    const shouldSample = () => {
      asked++
      return sampler.shouldSample()
    }
    const counting = { shouldSample, toString: () => "counting" }
    const { provider } = recordingSpans(counting)
    const tracer = openTelemetryTracer({ tracerProvider: provider })
    const outer = tracer.begin(GET)
    served(outer, () => served(tracer.begin({ ...GET, parent: outer })))
    expect(asked).toBe(1)
  })
})

describe("the rest of the context", () => {
  it("is that in which the handler runs", () => {
    contextsAreCarried()
    const tracer = openTelemetryTracer({ tracerProvider: recordingSpans().provider })
    const baggage = propagation.createBaggage({ tenant: { value: "blue" } })
    const begun = tracer.begin(GET)
    let inside: string | undefined
    context.with(propagation.setBaggage(context.active(), baggage), () =>
      served(begun, () => {
        inside = propagation.getActiveBaggage()?.getEntry("tenant")?.value
      }),
    )
    expect(inside).toBe("blue")
  })
})

describe("the provider", () => {
  it("is the global one, even if it is registered later", () => {
    const tracer = openTelemetryTracer()
    served(tracer.begin(GET))
    const { provider, spans } = recordingSpans()
    trace.setGlobalTracerProvider(provider)
    served(tracer.begin(GET))
    expect(outline(spans())).toEqual(["CLIENT get app:cache > SERVER get app:cache"])
  })

  it("that is nobody costs a request nothing: it is not followed", () => {
    expect(openTelemetryTracer().begin(GET)).toBeUndefined()
  })

  it("that is shut down costs spans alone", async () => {
    const { provider, spans } = recordingSpans()
    const tracer = openTelemetryTracer({ tracerProvider: provider })
    await provider.shutdown()
    let handled = 0
    served(tracer.begin(GET), () => handled++)
    expect([handled, spans()]).toEqual([1, []])
  })

  it("must be one, and give a tracer", () => {
    const wrong = (tracerProvider: unknown) => () => Reflect.apply(openTelemetryTracer, undefined, [{ tracerProvider }])
    expect(fieldOf(wrong({}))).toBe("tracerProvider")
    expect(fieldOf(wrong({ getTracer: () => undefined }))).toBe("tracerProvider")
    expect(fieldOf(() => Reflect.apply(openTelemetryTracer, undefined, [{ principal: "yes" }]))).toBe("principal")
    expect(fieldOf(() => Reflect.apply(openTelemetryTracer, undefined, [{ tracer: 1 }]))).toBe("tracer")
  })

  it("is asked for a tracer of the package's name and version", async () => {
    const asked: unknown[] = []
    const { provider } = recordingSpans()
    const getTracer = (...parts: [string, string?]): Tracer => {
      asked.push(parts)
      return provider.getTracer(...parts)
    }
    openTelemetryTracer({ tracerProvider: { getTracer } })
    const { version } = (await import("../../package.json", { with: { type: "json" } })).default
    expect(asked).toEqual([["pigeonhole", version]])
  })
})
