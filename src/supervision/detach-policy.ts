/**
 * What follows when a caller gives its mailbox back: a pure function from the event to a decision. The
 * supervisor asks it and carries the decision out.
 */

import { invalid } from "../kernel/errors.ts"
import { milliseconds, oneOf, optional, otherwise } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import { contain, isThenable } from "../kernel/thenable.ts"

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
  /** Once it is idle, and nobody acquires it within `lingerMs`, it is stopped; the next acquire starts it. */
  | { readonly action: "stop"; readonly lingerMs: number }
  /** It is restarted with an empty state. Mailboxes of others stay valid, what they posted waits. */
  | { readonly action: "reset" }
  /** The caller keeps its mailbox; `release()` gives `false`. */
  | { readonly action: "refuse" }

/** A pure function: it is asked once for each detach, and neither waits nor sends. */
export interface DetachPolicy {
  (event: DetachEvent): DetachDecision
  /** How long, in ms, a service that was started runs before anybody has acquired it; then it is stopped as if idle. Default: for ever. */
  readonly unacquiredMs?: number
}

const KEPT: DetachDecision = Object.freeze({ action: "keep" })

/** The service goes on, whoever leaves. The default. */
export const keep: DetachPolicy = () => KEPT

/** Whoever leaves, the next one finds the service empty. */
export const reset: DetachPolicy = () => ({ action: "reset" })

/** Nobody leaves. */
export const refuse: DetachPolicy = () => ({ action: "refuse" })

/**
 * Stops the service once it is idle: nobody holds a mailbox of it, or of a service below it, or waits for an answer of theirs, and no service
 * that runs requires it. The next `acquire` starts it again.
 *
 * Units   lingerMs: milliseconds to wait for another caller first; from 0, default 0. `Infinity`: it is never stopped. unacquiredMs: how long it
 *         runs at most before anybody has acquired it; default for ever.
 * Errors  Invalid, for what is no duration.
 */
export function stopWhenIdle(options?: { readonly lingerMs?: number; readonly unacquiredMs?: number }): DetachPolicy {
  const { lingerMs, unacquiredMs } = readOptions(options, { lingerMs: otherwise(milliseconds, 0), unacquiredMs: optional(milliseconds) })
  const policy = (event: DetachEvent): DetachDecision => (event.remaining === 0 ? { action: "stop", lingerMs } : { action: "keep" })
  return Object.assign(policy, unacquiredMs === undefined ? {} : { unacquiredMs })
}

/** What a policy says of its own beside its decisions, read once. Throws `Invalid` that names the field under `path`. */
export function unacquiredMsOf(policy: DetachPolicy, path: string): number | undefined {
  return optional(milliseconds)(readFrom(policy, `${path}.unacquiredMs`), `${path}.unacquiredMs`)
}

function readFrom(policy: DetachPolicy, path: string): unknown {
  try {
    return policy.unacquiredMs
  } catch (cause) {
    throw invalid(path, "cannot be read", cause)
  }
}

const DECISION = { action: oneOf("keep", "stop", "reset", "refuse"), lingerMs: optional(milliseconds) }

/** Asks a policy; gives its decision in an object of our own. Throws `Invalid` where its answer is none of the decisions. */
export function decideDetach(policy: DetachPolicy, event: DetachEvent): DetachDecision {
  const answer: unknown = policy(event)
  // Ours, which nobody can change: it need not be read.
  if (answer === KEPT) return KEPT
  if (answer === undefined || isThenable(answer)) {
    // An asynchronous one may fail later, and that must not end the program.
    contain(answer)
    const what = answer === undefined ? "undefined" : "a promise"
    throw invalid("onDetach", `of ${event.id} must return a decision at once; it returned ${what}`)
  }
  const { action, lingerMs } = readOptions(answer, DECISION, "onDetach")
  if (action !== "stop") {
    if (lingerMs !== undefined) throw invalid("onDetach.lingerMs", `has no meaning with the action ${action}`)
    return { action: action === "refuse" && event.cause === "caller_ended" ? "keep" : action }
  }
  if (lingerMs === undefined) throw invalid("onDetach.lingerMs", "is missing: the action stop needs it")
  return { action, lingerMs }
}
