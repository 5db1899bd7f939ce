/**
 * A request through three processes as OpenTelemetry sees it: who asked whom, and where it failed.
 *
 * Prints:
 *   12 points
 *     client page app:web
 *       server page app:web
 *         client points app:scores
 *           server points app:scores
 *             client get app:cache
 *               server get app:cache
 *   there is no bob
 *     client page app:web: NOT_FOUND
 *       server page app:web: NOT_FOUND
 *         client points app:scores: NOT_FOUND
 *           server points app:scores: NOT_FOUND
 *             client get app:cache
 *               server get app:cache
 */

import { context, SpanKind, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace"
import { child, failure, type MailboxOf, NotFound, type StoreMailbox, server, start, store } from "pigeonhole"
import { openTelemetryTracer } from "pigeonhole/opentelemetry"

// In production a BatchSpanProcessor with an OTLPTraceExporter.
const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))

const scores = server({
  init: async (_argument: undefined, self) => self.acquire<StoreMailbox<number>>("app:cache"),
  call: {
    points: async (cache, name: string) => (await cache.get(name)) ?? failure(new NotFound(`there is no ${name}`)),
  },
})
const web = server({
  init: async (_argument: undefined, self) => self.acquire<MailboxOf<typeof scores>>("app:scores"),
  call: { page: (scores, name: string) => scores.call.points(name).then((points) => `${points} points`, failure) },
})
const tree = { "app:cache": store<number>(), "app:scores": child(scores), "app:web": child(web) }

function print(spans: readonly ReadableSpan[], parent: string | undefined, indent: string): void {
  for (const span of spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)) {
    const failed = span.attributes["error.type"]
    console.log(`${indent}${SpanKind[span.kind]?.toLowerCase()} ${span.name}${failed === undefined ? "" : `: ${failed}`}`)
    print(spans, span.spanContext().spanId, `${indent}  `)
  }
}

await using runtime = await start(tree, { log: () => {}, tracer: openTelemetryTracer() })
const cache = await runtime.acquire("app:cache")
await cache.set("alice", 12)
const site = await runtime.acquire("app:web")
for (const name of ["alice", "bob"]) {
  exporter.reset()
  console.log(await site.call.page(name).catch(({ message }) => message))
  print(exporter.getFinishedSpans(), undefined, "  ")
}
