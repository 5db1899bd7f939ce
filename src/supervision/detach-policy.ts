/**
 * What follows when a caller gives its mailbox back: a pure function from the event to a decision. The
 * supervisor asks it and carries the decision out.
 */

import { invalid } from "../kernel/errors.ts"
import { milliseconds, oneOf, optional, otherwise } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"

/** What a policy is told. */
export interface DetachEvent {
  /** The service. */
  readonly id: string
  /** Who leaves. */
  readonly principal: string
  /** Mailboxes still held by others. */
  readonly remaining: number
  /** Whether the caller gave it back or died holding it. A dead caller cannot be refused. */
  readonly cause: "released" | "caller_ended"
}

/** What follows from a detach. */
export type DetachDecision =
  /** The service goes on. */
  | { readonly action: "keep" }
  /** Once nobody holds a mailbox any more, and nobody acquires one within `lingerMs`, it is stopped; the next acquire starts it. */
  | { readonly action: "stop"; readonly lingerMs: number }
  /** It is restarted with an empty state. Mailboxes of others stay valid, what they posted waits. */
  | { readonly action: "reset" }
  /** The caller keeps its mailbox; `release()` gives `false`. */
  | { readonly action: "refuse" }

/** A pure function: it is asked once for each detach, and neither waits nor sends. */
export type DetachPolicy = (event: DetachEvent) => DetachDecision

/** The service goes on, whoever leaves. The default. */
export const keep: DetachPolicy = () => ({ action: "keep" })

/** Whoever leaves, the next one finds the service empty. */
export const reset: DetachPolicy = () => ({ action: "reset" })

/** Nobody leaves. */
export const refuse: DetachPolicy = () => ({ action: "refuse" })

/**
 * Stops the service after its last caller has left; the next `acquire` starts it again.
 *
 * Units   lingerMs: milliseconds to wait for another caller first; from 0, default 0. `Infinity`: it is never stopped.
 * Errors  Invalid, for a negative or non-numeric linger.
 */
export function stopWhenIdle(options?: { readonly lingerMs?: number }): DetachPolicy {
  const { lingerMs } = readOptions(options, { lingerMs: otherwise(milliseconds, 0) })
  return (event) => (event.remaining === 0 ? { action: "stop", lingerMs } : { action: "keep" })
}

const DECISION = { action: oneOf("keep", "stop", "reset", "refuse"), lingerMs: optional(milliseconds) }

/** Asks a policy; gives its decision in an object of our own. Throws `Invalid` where its answer is none of the decisions. */
export function decideDetach(policy: DetachPolicy, event: DetachEvent): DetachDecision {
  const answer: unknown = policy(event)
  if (answer instanceof Promise) answer.catch(() => {})
  if (answer === undefined || answer instanceof Promise)
    throw invalid(
      "onDetach",
      `of ${event.id} must return a decision at once; it returned ${answer === undefined ? "undefined" : "a promise"}`,
    )
  const { action, lingerMs } = readOptions(answer, DECISION, "onDetach")
  if (action !== "stop") {
    if (lingerMs !== undefined) throw invalid("onDetach.lingerMs", `has no meaning with the action ${action}`)
    return { action: action === "refuse" && event.cause === "caller_ended" ? "keep" : action }
  }
  if (lingerMs === undefined) throw invalid("onDetach.lingerMs", "is missing: the action stop needs it")
  return { action, lingerMs }
}
