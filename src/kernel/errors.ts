/**
 * The errors a caller can meet: one small class a kind, each saying whether a retry helps.
 *
 * The list is closed. `_tag` is the class name (for Effect's `catchTag`), `kind` the name the
 * specification uses, `details.field` the path of the input at fault, where there is one.
 */

import { foreignClassKind, foreignKind, mark } from "./copies.ts"
import { isList } from "./instance.ts"
import { cut } from "./sort.ts"

/** All kinds of errors there are; one class each. */
export type ErrorKind =
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "INVALID"
  | "PERMISSION_DENIED"
  | "UNAVAILABLE"
  | "INTERNAL"
  | "CANCELED"
  | "CONFLICT"
  | "TIMEOUT"
  | "RATE_LIMITED"
  | "UNKNOWN"

/** What is known beside the message. `field` names the input at fault, as a path. */
export interface ErrorDetails {
  /** Of an `Invalid`: what was wrong, as a path: `children["app:a"].restart`. */
  readonly field?: string
  readonly [name: string]: unknown
}

/** What an error carries beside its message. */
export interface ErrorOptions {
  /** What it is about, by name. Default: nothing. */
  readonly details?: ErrorDetails
  /** What brought it about. */
  readonly cause?: unknown
  /** Overrules the kind's usual answer to "does a retry help?". */
  readonly retryable?: boolean
}

/** What every error of the runtime has in common; `instanceof PigeonholeError` tells ours from others. */
export abstract class PigeonholeError extends Error {
  /** The name of its class, as Effect's `catchTag` looks for it. */
  abstract readonly _tag: string
  /** Its kind, for who tells errors apart by a switch. */
  readonly kind: ErrorKind
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  /** What it is about: the `field` that was wrong, the `target`, the `timeoutMs`, … */
  readonly details: ErrorDetails

  static {
    mark(PigeonholeError, "error")
  }

  constructor(kind: ErrorKind, retryable: boolean, message: string, options: ErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined)
    this.kind = kind
    this.retryable = options.retryable ?? retryable
    this.details = options.details ?? {}
  }

  override get name(): string {
    return this._tag
  }
}

/** The service, process, name or key asked for does not exist. Not retryable. */
export class NotFound extends PigeonholeError {
  readonly _tag = "NotFound"
  constructor(message: string, options?: ErrorOptions) {
    super("NOT_FOUND", false, message, options)
  }
}

/** The name or id is taken. Not retryable. */
export class AlreadyExists extends PigeonholeError {
  readonly _tag = "AlreadyExists"
  constructor(message: string, options?: ErrorOptions) {
    super("ALREADY_EXISTS", false, message, options)
  }
}

/** The input is wrong; `details.field` names it. Nothing was changed. Not retryable. */
export class Invalid extends PigeonholeError {
  readonly _tag = "Invalid"
  constructor(message: string, options?: ErrorOptions) {
    super("INVALID", false, message, options)
  }
}

/** The policies do not allow the operation to this principal. Not retryable. */
export class PermissionDenied extends PigeonholeError {
  readonly _tag = "PermissionDenied"
  constructor(message: string, options?: ErrorOptions) {
    super("PERMISSION_DENIED", false, message, options)
  }
}

/** The target is not there to answer: dead, stopped, given up, or full. Usually retryable. */
export class Unavailable extends PigeonholeError {
  readonly _tag = "Unavailable"
  constructor(message: string, options?: ErrorOptions) {
    super("UNAVAILABLE", true, message, options)
  }
}

/** The handler of this very request threw; `cause` is what it threw. Not retryable. */
export class Internal extends PigeonholeError {
  readonly _tag = "Internal"
  constructor(message: string, options?: ErrorOptions) {
    super("INTERNAL", false, message, options)
  }
}

/** The caller gave up, or the process that waited ended. Not retryable. */
export class Canceled extends PigeonholeError {
  readonly _tag = "Canceled"
  constructor(message: string, options?: ErrorOptions) {
    super("CANCELED", false, message, options)
  }
}

/** The operation does not fit the present state of its target. Not retryable. */
export class Conflict extends PigeonholeError {
  readonly _tag = "Conflict"
  constructor(message: string, options?: ErrorOptions) {
    super("CONFLICT", false, message, options)
  }
}

/** No answer within the time the caller allowed; it may still be carried out. Retryable. */
export class Timeout extends PigeonholeError {
  readonly _tag = "Timeout"
  constructor(message: string, options?: ErrorOptions) {
    super("TIMEOUT", true, message, options)
  }
}

/** The inbox is full. Retryable. */
export class RateLimited extends PigeonholeError {
  readonly _tag = "RateLimited"
  constructor(message: string, options?: ErrorOptions) {
    super("RATE_LIMITED", true, message, options)
  }
}

/** Something that is none of the other kinds. Not retryable. */
export class Unknown extends PigeonholeError {
  readonly _tag = "Unknown"
  constructor(message: string, options?: ErrorOptions) {
    super("UNKNOWN", false, message, options)
  }
}

/** Of a value or a path in a message: enough to know it by. */
const VALUE_LETTERS = 1000

/** A value as a message shows it, cut where it is very long: what is text is seen to be text. Total: whatever the value is, this does not throw. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(cut(value, VALUE_LETTERS))
  if (typeof value === "bigint") return cut(`${value}n`, VALUE_LETTERS)
  if (typeof value === "object" && value !== null) return isList(value) ? "an array" : (shownForeign(value) ?? "an object")
  return typeof value === "function" ? (shownForeign(value) ?? "a function") : cut(String(value), VALUE_LETTERS)
}

/** What another copy of the package has made, and the way out; `undefined` for all else. */
function shownForeign(value: unknown): string | undefined {
  const kind = foreignKind(value)
  const made = foreignClassKind(value)
  if (kind === undefined && made === undefined) return undefined
  const what = kind === undefined ? `a class of a ${made}` : `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`
  return `${what} of another copy of pigeonhole: npm ls pigeonhole shows both`
}

/** Throws `Invalid` for what another copy of the package has made, where it would pass for something else. */
export function refuseForeign(field: string, value: unknown): void {
  const foreign = shownForeign(value)
  if (foreign !== undefined) throw invalid(field, `is ${foreign}`)
}

/** Of what was thrown: the rest is in the error itself, which each who is told of it has as its cause. */
export const SHOWN_LETTERS = 10_000

/**
 * What was thrown, as a line shows it, cut where it is very long. Total: whatever it is (a `toString` that throws, a proxy that was revoked), this does not
 * throw.
 */
export function thrownText(error: unknown): string {
  try {
    return cut(error instanceof Error ? `${String(error.name)}: ${String(error.message)}` : `error: ${String(error)}`, SHOWN_LETTERS)
  } catch {
    return "error: a value that cannot be printed"
  }
}

/** Total, as `thrownText` is. */
export function isOurs(error: unknown): error is PigeonholeError {
  try {
    return error instanceof PigeonholeError
  } catch {
    return false
  }
}

/** An `Invalid` that names its field: the form every refusal of input takes. */
export function invalid(field: string, problem: string, cause?: unknown): Invalid {
  const details: ErrorDetails = { field }
  return new Invalid(`${cut(field, VALUE_LETTERS)} ${problem}`, cause === undefined ? { details } : { details, cause })
}

/** By tag: what an error of another copy of the package says it is. A class's own name is no tag: who minifies gives it another. */
export const CLASSES: ReadonlyMap<string, new (message: string, options?: ErrorOptions) => PigeonholeError> = new Map(
  Object.entries({
    ...{ NotFound, AlreadyExists, Invalid, PermissionDenied, Unavailable, Internal },
    ...{ Canceled, Conflict, Timeout, RateLimited, Unknown },
  }),
)

/**
 * What somebody's request fails with: an error of ours as it is, one of another copy of the package as ours of the same kind, all else as
 * `Unknown`; with what was given as cause.
 */
export function errorOf(error: unknown): PigeonholeError {
  try {
    if (error instanceof PigeonholeError) return error
    const { _tag, message, retryable, details } = foreignKind(error) === "error" ? (error as PigeonholeError) : NO_ERROR
    const Kind = CLASSES.get(_tag)
    if (Kind === undefined) return new Unknown(String(error), { cause: error })
    return new Kind(message, { details, retryable, cause: error })
  } catch {
    return new Unknown("a value that cannot be printed", { cause: error })
  }
}

const NO_ERROR = { _tag: "", message: "", retryable: false, details: {} }
