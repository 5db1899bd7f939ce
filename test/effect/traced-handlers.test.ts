/** Traces of Effect's Tracer through a running application, as Effect's own exporter sends them. */

import { Context, Effect, Layer, Logger, Option, References, type Scope, Tracer } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Otlp from "effect/observability/Otlp"
import { describe, expect, it } from "vitest"
import { Mailbox, Pigeonhole, Principal, Store, server } from "../../actors/effect.ts"
import { type MailboxOf, server as plainServer, type StoreMailbox, store } from "../../actors/index.ts"
import { otlpReceiver } from "../support/otlp-receiver.ts"
import type { RecordedSpan } from "../support/recorded-spans.ts"

/** An Effect server that asks a plain one, and itself a store, through mailboxes that it acquires in its handler. */
const scores = plainServer({
  init: async (_argument: undefined, self) => self.acquire<StoreMailbox<number>>("app:cache"),
  call: {
    points: async (cache, name: string) => {
      await Promise.resolve()
      return (await cache.get(name)) ?? 0
    },
  },
})

const web = server({
  init: () => Effect.succeed({}),
  call: {
    page: (_state, name: string) =>
      Effect.gen(function* () {
        const scoring = yield* Mailbox.acquire<MailboxOf<typeof scores>>("app:scores")
        const points = yield* scoring.call.points(name)
        return `${points} points`
      }).pipe(Effect.withSpan("render"), Effect.scoped),
    span: () => Effect.map(Effect.currentParentSpan, ({ traceId }) => traceId),
    later: (_state, name: string) =>
      Effect.gen(function* () {
        yield* Effect.yieldNow
        const cache = yield* Store.acquire<number>("app:cache")
        yield* Effect.sleep("1 millis")
        return Option.getOrElse(yield* cache.get(name), () => 0)
      }).pipe(Effect.withSpan("slow"), Effect.scoped),
    complain: () => Effect.logWarning("it is odd"),
  },
})

const TREE = { "app:cache": store<number>(), "app:scores": scores, "app:web": web }

/** What arrives of a program that runs beside the application, whose spans Effect sends. */
async function arrivedOf<A, E>(
  program: Effect.Effect<A, E, Pigeonhole | Scope.Scope>,
  options: Parameters<typeof Pigeonhole.layer>[1] = {},
): Promise<{ readonly value: A; readonly spans: readonly RecordedSpan[] }> {
  await using receiver = await otlpReceiver()
  const baseUrl = new URL(receiver.url("traces")).origin
  const exporting = Otlp.layerJson({ baseUrl, resource: { serviceName: "test" }, loggerExcludeLogSpans: true }).pipe(
    Layer.provide(FetchHttpClient.layer),
  )
  const application = Layer.provideMerge(Pigeonhole.layer(TREE, { log: () => {}, ...options }), exporting)
  const value = await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(application)))
  return { value, spans: receiver.spans }
}

/** Each span with all above it. */
function lineTo(spans: readonly RecordedSpan[], last: RecordedSpan | undefined): string {
  const above: string[] = []
  for (let span = last; span !== undefined; ) {
    const { parentId, kind, name } = span
    above.unshift(kind === "INTERNAL" ? name : `${kind} ${name}`)
    span = spans.find(({ spanId }) => spanId === parentId)
  }
  return above.join(" > ")
}

/** The lines to spans below which there is nothing. */
function outline(spans: readonly RecordedSpan[]): string[] {
  const leaves = spans.filter(({ spanId }) => spans.every(({ parentId }) => parentId !== spanId))
  return leaves.map((leaf) => lineTo(spans, leaf))
}

const acquired = Mailbox.acquire<MailboxOf<typeof web>>("app:web")

describe("a request through Effect handlers, a plain server and a store", () => {
  it("is one trace, below the span of the fiber that asks", async () => {
    const program = Effect.flatMap(acquired, (mailbox) => mailbox.call.page("alice")).pipe(Effect.withSpan("above"))
    const { value, spans } = await arrivedOf(program)
    expect(value).toBe("0 points")
    expect(outline(spans)).toEqual([
      "above > CLIENT page app:web > SERVER page app:web > render > CLIENT points app:scores > SERVER points app:scores > CLIENT get app:cache > SERVER get app:cache",
    ])
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
  })

  it("is one trace where the handler waits, and where two are handled side by side", async () => {
    const program = Effect.flatMap(acquired, (mailbox) =>
      Effect.all([mailbox.call.later("a"), mailbox.call.page("b"), mailbox.call.later("c")], { concurrency: "unbounded" }),
    )
    const { spans } = await arrivedOf(program)
    const slow = "CLIENT later app:web > SERVER later app:web > slow > CLIENT get app:cache > SERVER get app:cache"
    const page =
      "CLIENT page app:web > SERVER page app:web > render > CLIENT points app:scores > SERVER points app:scores > CLIENT get app:cache > SERVER get app:cache"
    expect(outline(spans).toSorted()).toEqual([slow, slow, page].toSorted())
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(3)
  })

  it("is nothing of who has built the layer: neither that span, nor that principal", async () => {
    const seen: unknown[] = []
    const look = Effect.gen(function* () {
      seen.push(Option.isSome(yield* Effect.option(Effect.currentParentSpan)), yield* Principal.current)
      return {}
    })
    const looking = server({ init: () => look })
    const built = Effect.scoped(Layer.build(Pigeonhole.layer({ "app:looking": looking }, { log: () => {} })))
    await Effect.runPromise(built.pipe(Effect.withSpan("building"), Principal.with({ id: "builder" })))
    expect(seen).toEqual([false, undefined])
  })
})

describe("whether a request is followed", () => {
  const asked = Effect.flatMap(acquired, (mailbox) => mailbox.call.span())

  it("is for the trace above to say: one that is not sampled sends nothing, and goes on", async () => {
    const parent = Tracer.externalSpan({ traceId: "a".repeat(32), spanId: "b".repeat(16), sampled: false })
    const { value, spans } = await arrivedOf(Effect.withParentSpan(asked, parent))
    expect(spans).toEqual([])
    expect(value).toBe("a".repeat(32))
  })

  it("an incoming trace that is sampled goes on", async () => {
    const parent = Tracer.externalSpan({ traceId: "a".repeat(32), spanId: "b".repeat(16), sampled: true })
    const { spans } = await arrivedOf(Effect.withParentSpan(asked, parent))
    expect(spans.map(({ kind, traceId }) => [kind, traceId])).toEqual([
      ["SERVER", "a".repeat(32)],
      ["CLIENT", "a".repeat(32)],
    ])
    expect(spans.find(({ kind }) => kind === "CLIENT")?.parentId).toBe("b".repeat(16))
  })

  it("not where a fiber has its tracer disabled", async () => {
    const { spans } = await arrivedOf(Effect.provideService(asked, References.TracerEnabled, false))
    expect(spans).toEqual([])
  })

  it("not where the layer is told so", async () => {
    const program = Effect.exit(asked)
    const { value, spans } = await arrivedOf(program, { tracer: false })
    expect(value._tag).toBe("Failure")
    expect(spans).toEqual([])
  })

  it("by the tracer of the fiber, where the layer has none", async () => {
    const spans: Tracer.Span[] = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      },
    })
    const program = Effect.scoped(Effect.flatMap(acquired, (mailbox) => mailbox.call.page("alice"))).pipe(
      Effect.withSpan("above"),
      Effect.withTracer(tracer),
      Effect.provide(Pigeonhole.layer(TREE, { log: () => {} })),
    )
    await Effect.runPromise(program)
    expect(spans.map(({ kind, name }) => `${kind} ${name}`)).toContain("internal render")
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
    expect(spans).toHaveLength(8)
  })

  it("without a tracer and without a span above, nothing is", async () => {
    const spans = await Effect.runPromise(
      Effect.scoped(Effect.flatMap(acquired, (mailbox) => Effect.exit(mailbox.call.span()))).pipe(
        Effect.provide(Pigeonhole.layer(TREE, { log: () => {} })),
      ),
    )
    expect(spans._tag).toBe("Failure")
  })
})

describe("log lines", () => {
  it("of a handler and of the runtime carry the trace", async () => {
    const lines: { readonly message: unknown; readonly traceId: string | undefined; readonly annotated: unknown }[] = []
    const logger = Logger.make(({ message, fiber }) => {
      const span = Option.getOrUndefined(Context.getOption(fiber.context, Tracer.ParentSpan))
      const annotated = fiber.getRef(References.CurrentLogAnnotations).trace_id
      lines.push({ message, traceId: span?.traceId, annotated })
    })
    const dying = server({
      init: () => Effect.succeed({}),
      call: { odd: () => Effect.logWarning("odd"), die: () => Effect.die(new Error("boom")) },
    })
    const program = Effect.gen(function* () {
      const mailbox = yield* Mailbox.acquire<MailboxOf<typeof dying>>("app:dying")
      yield* mailbox.call.odd()
      yield* Effect.exit(mailbox.call.die())
      return (yield* Effect.currentSpan).traceId
    }).pipe(Effect.withSpan("above"), Effect.scoped)
    const application = Layer.provide(Pigeonhole.layer({ "app:dying": dying }), Logger.layer([logger]))
    const traceId = await Effect.runPromise(Effect.provide(program, application))
    expect(lines.find(({ message }) => String(message) === "odd")).toMatchObject({ traceId })
    expect(lines.find(({ annotated }) => annotated !== undefined)).toMatchObject({ traceId, annotated: traceId })
  })
})
