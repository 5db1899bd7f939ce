/** What OpenTelemetry's exporters are sent to: an HTTP server on loopback that decodes OTLP in JSON, and keeps what arrived. */

import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import type { RecordedSpan } from "./recorded-spans.ts"

interface OtlpAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly attributes: readonly OtlpAttribute[]
  readonly events: readonly { readonly name: string; readonly attributes: readonly OtlpAttribute[] }[]
  readonly links: readonly { readonly spanId: string }[]
  readonly status: { readonly code: number }
}

interface OtlpPoint {
  readonly attributes: readonly OtlpAttribute[]
  readonly asInt?: number | string
  readonly asDouble?: number
  readonly count?: number | string
  readonly sum?: number
  readonly bucketCounts?: readonly (number | string)[]
  readonly explicitBounds?: readonly number[]
}

interface OtlpMetric {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly sum?: { readonly isMonotonic: boolean; readonly dataPoints: readonly OtlpPoint[] }
  readonly gauge?: { readonly dataPoints: readonly OtlpPoint[] }
  readonly histogram?: { readonly dataPoints: readonly OtlpPoint[] }
}

interface Scope {
  readonly scope: { readonly name: string; readonly version?: string }
}

interface Traces {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly (Scope & { readonly spans: readonly OtlpSpan[] })[] }[]
}

interface Metrics {
  readonly resourceMetrics: readonly { readonly scopeMetrics: readonly (Scope & { readonly metrics: readonly OtlpMetric[] })[] }[]
}

const SPAN_KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
const STATUS_CODES = ["UNSET", "OK", "ERROR"]

/** One series of a metric, as plain data. */
export interface ReceivedPoint {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: number
  /** Of a histogram: how many in each bucket. */
  readonly buckets?: readonly number[]
}

export interface ReceivedMetric {
  readonly type: "counter" | "sum" | "gauge" | "histogram"
  readonly unit: string
  readonly description: string
  readonly points: readonly ReceivedPoint[]
}

/** Listens until it is disposed of. Asked for what nobody sent, it has nothing. */
export async function otlpReceiver() {
  const spans: RecordedSpan[] = []
  const metrics = new Map<string, ReceivedMetric>()
  const scopes = new Set<string>()
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.url === "/v1/traces") takeTraces(JSON.parse(body))
      else takeMetrics(JSON.parse(body))
      response.setHeader("content-type", "application/json").end("{}")
    })
  })
  const takeTraces = ({ resourceSpans }: Traces): void => {
    for (const { scope, spans: sent } of resourceSpans.flatMap(({ scopeSpans }) => scopeSpans)) {
      scopes.add(scope.name)
      spans.push(...sent.map(plainSpan))
    }
  }
  const takeMetrics = ({ resourceMetrics }: Metrics): void => {
    for (const { scope, metrics: sent } of resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics)) {
      scopes.add(scope.name)
      for (const metric of sent) metrics.set(metric.name, plainMetric(metric))
    }
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: (signal: "traces" | "metrics"): string => `http://127.0.0.1:${port}/v1/${signal}`,
    spans,
    metrics,
    scopes,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString("utf8")
}

function plainSpan(span: OtlpSpan): RecordedSpan {
  return {
    name: span.name,
    kind: SPAN_KINDS[span.kind] ?? "",
    status: STATUS_CODES[span.status.code] ?? "",
    attributes: plainAttributes(span.attributes),
    events: span.events.map(({ name }) => name),
    links: span.links.map(({ spanId }) => spanId),
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentSpanId === "" ? undefined : span.parentSpanId,
  }
}

function plainMetric({ description, unit, sum, gauge, histogram }: OtlpMetric): ReceivedMetric {
  const points = (sum ?? gauge ?? histogram)?.dataPoints ?? []
  const type = sum?.isMonotonic ? "counter" : sum !== undefined ? "sum" : gauge !== undefined ? "gauge" : "histogram"
  return { type, unit, description, points: points.map(plainPoint) }
}

function plainPoint({ attributes, asInt, asDouble, count, bucketCounts }: OtlpPoint): ReceivedPoint {
  const point = { attributes: plainAttributes(attributes), value: Number(asInt ?? asDouble ?? count) }
  return bucketCounts === undefined ? point : { ...point, buckets: bucketCounts.map(Number) }
}

function plainAttributes(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
