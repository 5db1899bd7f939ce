/**
 * What an Effect's end means to its process: a value, an answer that is an error, a crash, or an end by `shutdown`.
 *
 * | the Cause has | the process |
 * |---|---|
 * | a defect | crashes with an `EffectCrash`, which has the Cause |
 * | a typed failure | answers with it, where somebody may have asked; else it crashes with that error |
 * | an interruption alone, from inside | ends by `shutdown` |
 *
 * Total: whatever a defect is (an error whose getters throw, a revoked proxy), this does not throw.
 */

import * as Cause from "effect/Cause"
import { Invalid, thrownText } from "../kernel/errors.ts"

/** What a process has crashed with whose Effect died: its message and stack are the defect's, its `cause` is Effect's Cause. */
export class EffectCrash extends Error {
  override readonly cause: Cause.Cause<unknown>

  constructor(cause: Cause.Cause<unknown>) {
    super(messageOf(cause))
    this.name = "EffectCrash"
    this.cause = cause
    this.stack = prettied(cause) ?? `${this.name}: ${this.message}`
  }
}

/** Thrown in the place of an Effect that has interrupted itself: its process ends by `shutdown`. */
export class InterruptedInside extends Error {
  constructor() {
    super("its Effect was interrupted from inside")
    this.name = "InterruptedInside"
  }
}

/** The typed failure of an Effect, where that is all that went wrong. */
export interface TypedFailure {
  readonly error: unknown
}

/** `undefined`: it died, or was interrupted and nothing else. */
export function failureIn(cause: Cause.Cause<unknown>): TypedFailure | undefined {
  if (cause.reasons.some(Cause.isDieReason)) return undefined
  const fail = cause.reasons.find(Cause.isFailReason)
  return fail === undefined ? undefined : { error: fail.error }
}

/** What is to be thrown for an Effect that has not succeeded. `label`: whose it is. */
export function thrownBy(cause: Cause.Cause<unknown>, label: string): unknown {
  const failure = failureIn(cause)
  if (failure !== undefined) return failure.error
  const die = cause.reasons.find(Cause.isDieReason)
  if (die === undefined) return new InterruptedInside()
  return missingService(die.defect, label, cause) ?? new EffectCrash(cause)
}

/** How Effect says that a service is asked for which nobody has provided. */
const MISSING = /^Service not found: (.+?)(?: \(defined at|$)/

function missingService(defect: unknown, label: string, cause: Cause.Cause<unknown>): Invalid | undefined {
  const [, service] = MISSING.exec(textOf(defect)) ?? []
  if (service === undefined) return undefined
  const message = `${label} needs the Effect service ${service}, which nobody provides: start it by Pigeonhole.layer, and provide that layer with it`
  return new Invalid(message, { details: { field: "services", service }, cause })
}

function messageOf(cause: Cause.Cause<unknown>): string {
  const die = cause.reasons.find(Cause.isDieReason)
  return die === undefined ? "its Effect has failed" : textOf(die.defect)
}

/** The message of an error; all else as it is printed. */
function textOf(defect: unknown): string {
  try {
    if (defect instanceof Error) return String(defect.message)
  } catch {
    return "a value that cannot be printed"
  }
  return thrownText(defect).replace(/^error: /, "")
}

function prettied(cause: Cause.Cause<unknown>): string | undefined {
  try {
    return Cause.pretty(cause)
  } catch {
    return undefined
  }
}
