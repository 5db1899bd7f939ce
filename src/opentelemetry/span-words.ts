/**
 * What spans say of a message, in the words of OpenTelemetry's conventions for remote procedure calls: names, kinds, attributes, status.
 *
 * Invariants
 * - Nothing of what a message carries, and no text of an error: its kind alone.
 * - Names of spans are few: a pid is never part of one.
 */

import * as Api from "@opentelemetry/api"
import type { PostedRequest, RequestOutcome } from "../kernel/request-tracer.ts"
import { SCOPE } from "./scope.ts"

/** What both spans of a message say of it. */
export interface SpanWords {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  /** Whether somebody waits for an answer. */
  readonly isAnswered: boolean
}

/** A pid as the runtime writes it. */
const PID = /^<\d+>$/

/** `showsPrincipal`: who acts is personal, and told only where that was asked for. */
export function wordsOf({ target, operation, kind, principal }: PostedRequest, showsPrincipal: boolean): SpanWords {
  const isPid = PID.test(target)
  return {
    name: `${operation} ${isPid ? "process" : target}`,
    attributes: {
      "rpc.system": SCOPE,
      ...(isPid ? { "pigeonhole.pid": target } : { "rpc.service": target }),
      "rpc.method": operation,
      ...(showsPrincipal && principal !== undefined ? { "enduser.id": principal } : {}),
    },
    isAnswered: kind === "call" || kind === "ask",
  }
}

export function senderKind({ isAnswered }: SpanWords): Api.SpanKind {
  return isAnswered ? Api.SpanKind.CLIENT : Api.SpanKind.PRODUCER
}

export function handlerKind({ isAnswered }: SpanWords): Api.SpanKind {
  return isAnswered ? Api.SpanKind.SERVER : Api.SpanKind.CONSUMER
}

/** Ends a span, unless somebody has. A denial is what policies are for, and no failure. */
export function endSpan(span: Api.Span, { outcome, errorKind }: RequestOutcome): void {
  if (!span.isRecording()) return
  try {
    if (outcome === "denied") span.addEvent("denied")
    if (outcome === "failed") {
      span.setAttribute("error.type", errorKind ?? "_OTHER")
      span.setStatus({ code: Api.SpanStatusCode.ERROR })
    }
  } finally {
    span.end()
  }
}
