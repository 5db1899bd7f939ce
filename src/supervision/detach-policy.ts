/**
 * What follows when a caller gives its mailbox back: a pure function from the event to a decision. The
 * supervisor asks it and carries the decision out.
 */

import { invalid, shown } from "../kernel/errors.ts"
import { checkOptions } from "../kernel/options.ts"
import { contain } from "../kernel/thenable.ts"

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
 * Units   lingerMs: milliseconds to wait for another caller first; from 0, default 0.
 * Errors  Invalid, for a negative or non-numeric linger.
 */
export function stopWhenIdle(options: { readonly lingerMs?: number } = {}): DetachPolicy {
  checkOptions(options, ["lingerMs"])
  const { lingerMs = 0 } = options
  if (typeof lingerMs !== "number" || !(lingerMs >= 0)) throw invalid("lingerMs", `must be a number of ms from 0; got ${shown(lingerMs)}`)
  return (event) => (event.remaining === 0 ? { action: "stop", lingerMs } : { action: "keep" })
}

const ACTIONS: readonly string[] = ["keep", "stop", "reset", "refuse"]

/** Asks a policy; throws `Invalid` where its answer is none of the decisions. */
export function decideDetach(policy: DetachPolicy, event: DetachEvent): DetachDecision {
  const decision: DetachDecision | undefined = policy(event)
  if (!ACTIONS.includes(decision?.action)) {
    // An asynchronous one may fail later, and that must not end the program.
    contain(decision)
    throw invalid("onDetach", `of ${event.id} must return a decision with an action of ${ACTIONS.join(", ")}`)
  }
  if (decision.action === "stop" && !(decision.lingerMs >= 0)) {
    throw invalid("onDetach", `of ${event.id} must return a lingerMs from 0 with the action stop; got ${String(decision.lingerMs)}`)
  }
  return decision.action === "refuse" && event.cause === "caller_ended" ? { action: "keep" } : decision
}
