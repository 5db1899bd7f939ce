/** Spans that went to an exporter in memory, and what they say as plain data. */

import { type Link, SpanKind, SpanStatusCode } from "@opentelemetry/api"
import { InMemorySpanExporter, type ReadableSpan, type Sampler, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace"

export interface RecordedSpan {
  readonly name: string
  readonly kind: string
  readonly status: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly string[]
  readonly links: readonly string[]
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | undefined
}

/** A provider and what arrived from it, in the order in which spans ended. */
export function recordingSpans(sampler?: Sampler) {
  const exporter = new InMemorySpanExporter()
  let started = 0
  const counting = { onStart: () => void started++, onEnd: () => {}, forceFlush: async () => {}, shutdown: async () => {} }
  const spanProcessors = [counting, new SimpleSpanProcessor({ exporter })]
  const provider = new TracerProvider(sampler === undefined ? { spanProcessors } : { spanProcessors, sampler })
  return { provider, spans: (): RecordedSpan[] => exporter.getFinishedSpans().map(plain), started: () => started }
}

function plain(span: ReadableSpan): RecordedSpan {
  const { traceId, spanId } = span.spanContext()
  return {
    name: span.name,
    kind: SpanKind[span.kind],
    status: SpanStatusCode[span.status.code],
    attributes: span.attributes,
    events: span.events.map(({ name }) => name),
    links: span.links.map(({ context }: Link) => context.spanId),
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId,
  }
}

/** `CLIENT get app:cache > SERVER get app:cache`: what stands under what, one line a root, siblings in the order of their ends. */
export function outline(spans: readonly RecordedSpan[]): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const under = (id: string): string[] => spans.filter(({ parentId }) => parentId === id).map(lineOf)
  const lineOf = (span: RecordedSpan): string => {
    const below = under(span.spanId)
    const own = `${span.kind} ${span.name}`
    return below.length === 0 ? own : `${own} > ${below.length === 1 ? below[0] : `(${below.join(", ")})`}`
  }
  return spans.filter(({ parentId }) => parentId === undefined || !ids.has(parentId)).map(lineOf)
}
