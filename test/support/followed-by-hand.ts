/** What a tracer is told, as the kernel tells it, for tests of tracers by themselves. */

import { context } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import type { PostedRequest, RequestOutcome, RequestTrace } from "../../src/kernel/request-tracer.ts"

export const GET: PostedRequest = { target: "app:cache", operation: "get", kind: "call", principal: "alice", parent: undefined }
export const ANSWERED: RequestOutcome = { outcome: "answered", errorKind: undefined, waitedMs: 0, handledMs: 0 }
export const HANDLED: RequestOutcome = { ...ANSWERED, outcome: "handled" }
export const failed = (errorKind: string): RequestOutcome => ({ ...ANSWERED, outcome: "failed", errorKind })

/** For one test. Without it nobody carries a context. */
export function contextsAreCarried(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
}

/** A request that is answered, `inside` being its handler. */
export function served(begun: RequestTrace | undefined, inside: () => void = () => {}, outcome: RequestOutcome = ANSWERED): void {
  if (begun === undefined) return inside()
  begun.handle(inside)
  begun.end(outcome)
}
