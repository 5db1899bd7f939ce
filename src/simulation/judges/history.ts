/**
 * What was done to a service, as a judge reads it: which operations have taken effect, which may have, and which have not.
 *
 * An operation that failed by `Timeout`, `Canceled`, `Unavailable`, `Internal`, `Unknown`, or by what is no error of the runtime's, may have taken
 * effect, later than its answer too; so may one that was never answered. One that was refused (`Invalid`, `PermissionDenied`, `RateLimited`) has not. What
 * fails otherwise (`NotFound`, `AlreadyExists`, `Conflict`) was answered so by the service.
 */

import { type ErrorKind, invalid, PigeonholeError, shown } from "../../kernel/errors.ts"
import { isA, isList } from "../../kernel/instance.ts"
import type { Operation } from "../schedule/step.ts"
import { valueText } from "../text/value-text.ts"

/** A moment at which a service has forgotten, or may have: a crash without what survives it, a value let go to make room. */
export interface Loss {
  /** Its place among all asks and answers of the schedule; between two of them, a fraction. */
  readonly at: number
  /** Under which keys; of a service without keys, `"all"`. */
  readonly keys: readonly string[] | "all"
  /**
   * `nothing`: it begins anew, for certain. `some`: what was there may be gone, or not. `unknown`: nobody knows what is there, as where it was restored
   * from an older snapshot.
   */
  readonly leaves: "nothing" | "some" | "unknown"
}

/** What somebody was told. */
export type Answer =
  /** `text`: `undefined` where it cannot be read. */
  | { readonly type: "value"; readonly value: unknown; readonly text: string | undefined }
  | { readonly type: "error"; readonly kind: ErrorKind; readonly error: PigeonholeError }

/** What became of an operation. `open`: it may have taken effect; `refused`: it has not. */
export type Fate = { readonly type: "answered"; readonly answer: Answer } | { readonly type: "open" } | { readonly type: "refused" }

const OPEN: Fate = { type: "open" }
const REFUSED: Fate = { type: "refused" }

/** Its text is written where it is asked for: of most answers it is not. */
class ToldValue {
  readonly type = "value"
  readonly value: unknown
  #text: { readonly text: string | undefined } | undefined = undefined

  constructor(value: unknown) {
    this.value = value
  }

  get text(): string | undefined {
    this.#text ??= { text: valueText(this.value) }
    return this.#text.text
  }
}

const REFUSALS: readonly ErrorKind[] = ["INVALID", "PERMISSION_DENIED", "RATE_LIMITED"]
const ANSWERS: readonly ErrorKind[] = ["NOT_FOUND", "ALREADY_EXISTS", "CONFLICT"]

export function fateOf({ outcome, answered }: Operation): Fate {
  if (outcome === undefined || answered === undefined) return OPEN
  if ("value" in outcome) return { type: "answered", answer: new ToldValue(outcome.value) }
  const { error } = outcome
  if (!isA(error, PigeonholeError)) return OPEN
  if (REFUSALS.includes(error.kind)) return REFUSED
  return ANSWERS.includes(error.kind) ? { type: "answered", answer: { type: "error", kind: error.kind, error } } : OPEN
}

/** When an operation may have taken effect, and whether it has. */
export function timesOf({ asked, answered, askedAt, answeredAt }: Operation, isCertain: boolean) {
  const until = isCertain ? { answered: answered ?? NEVER, answeredAt: answeredAt ?? NEVER } : { answered: NEVER, answeredAt: NEVER }
  return { asked, askedAt, ...until, isCertain }
}

/** A loss happens at its place, at whatever time. */
export function timesOfLoss({ at }: Loss) {
  return { asked: at, answered: at, askedAt: Number.NEGATIVE_INFINITY, answeredAt: NEVER, isCertain: true }
}

const NEVER = Number.POSITIVE_INFINITY

/** Throws `Invalid` for what is no history. */
export function readHistory(history: unknown): readonly Operation[] {
  if (!isList(history)) throw invalid("history", `must be a list of operations; got ${shown(history)}`)
  return history.map((operation, place) => {
    if (isSeen(() => isOperation(operation))) return operation as Operation
    throw invalid(`history[${place}]`, `must be an operation, as a world has recorded it; got ${shown(operation)}`)
  })
}

/** What throws when it is looked at is none. */
function isSeen(look: () => boolean): boolean {
  try {
    return look()
  } catch {
    return false
  }
}

function isOperation(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false
  const { service, caller, name, asked, askedAt } = value as Partial<Record<keyof Operation, unknown>>
  const isNamed = [service, caller, name].every((text) => typeof text === "string")
  return isNamed && typeof asked === "number" && typeof askedAt === "number"
}

/** Throws `Invalid` for what is no list of losses. */
export function readLosses(losses: unknown, path: string): readonly Loss[] {
  if (losses === undefined) return []
  if (!isList(losses)) throw invalid(path, `must be a list of losses; got ${shown(losses)}`)
  return losses.map((loss, place) => {
    if (isSeen(() => isLoss(loss))) return loss as Loss
    const must = 'must say at which place, of which keys (a list, or "all"), and what it leaves (nothing, some, unknown)'
    throw invalid(`${path}[${place}]`, `${must}; got ${shown(loss)}`)
  })
}

function isLoss(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false
  const { at, keys, leaves } = value as Partial<Record<keyof Loss, unknown>>
  return typeof at === "number" && (keys === "all" || isList(keys)) && (leaves === "nothing" || leaves === "some" || leaves === "unknown")
}
