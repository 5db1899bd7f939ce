/** Requests as spans of Effect's Tracer, by the port to tracers. */

import { expect, it } from "@effect/vitest"
import { Effect, Option, Tracer } from "effect"
import { describe } from "vitest"
import { effectTracer } from "../../actors/effect.ts"

const request = { target: "app:counter", operation: "add", kind: "call" as const, principal: "alice", parent: undefined }
const answered = { outcome: "answered" as const, errorKind: undefined, waitedMs: 1, handledMs: 2 }

const recording = () => {
  const spans: Tracer.Span[] = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    },
  })
  return { spans, tracer }
}

describe("a tracer of Effect", () => {
  it.effect("makes a client's span below the asking fiber's, and a server's below that", () => {
    const { spans, tracer } = recording()
    return Effect.gen(function* () {
      const above = yield* Effect.currentSpan
      const trace = effectTracer().begin(request)
      let nested: ReturnType<ReturnType<typeof effectTracer>["begin"]>
      trace?.handle(() => {
        nested = effectTracer().begin({ ...request, target: "app:other", parent: trace })
      })
      nested?.end({ ...answered, outcome: "denied", errorKind: "PERMISSION_DENIED" })
      trace?.end(answered)
      const [outer, client, server, inner] = spans
      expect(outer).toBe(above)
      expect([client, server, inner].map((span) => span?.kind)).toEqual(["client", "server", "client"])
      expect([client, server, inner].map((span) => Option.getOrUndefined(span?.parent ?? Option.none())?.spanId)).toEqual([
        outer?.spanId,
        client?.spanId,
        server?.spanId,
      ])
      expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
      expect([client, server].map((span) => span?.status)).toMatchObject([{ exit: { _tag: "Success" } }, { exit: { _tag: "Success" } }])
      expect(inner?.status).toMatchObject({ exit: { _tag: "Failure" } })
      expect(inner?.attributes.get("error.type")).toBe("PERMISSION_DENIED")
      expect(trace?.ids).toEqual({ traceId: server?.traceId, spanId: server?.spanId })
    }).pipe(Effect.withSpan("above"), Effect.provideService(Tracer.Tracer, tracer))
  })

  it("begins a trace of its own where no fiber asks", () => {
    const { spans, tracer } = recording()
    effectTracer(Effect.runSync(Effect.provideService(Effect.context<never>(), Tracer.Tracer, tracer)))
      .begin(request)
      ?.end(answered)
    expect(spans.map(({ parent }) => Option.isNone(parent))).toEqual([true])
  })

  it("refuses services that are no context, at the call", () => {
    for (const wrong of [5, null, {}, "services"])
      expect(() => effectTracer(wrong as never)).toThrow(expect.objectContaining({ kind: "INVALID", details: { field: "services" } }))
  })
})
