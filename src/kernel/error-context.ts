/**
 * Errors on their way up: what was being done is said before what went wrong, and who decides by an error asks for its kind.
 *
 * Not in `errors.ts`: the runtime itself needs neither, and a program that has no use for them does not carry them.
 */

import { foreignKind } from "./copies.ts"
import { CLASSES, type ErrorKind, type ErrorOptions, errorOf, isOurs, type PigeonholeError, Unknown } from "./errors.ts"
import { isA } from "./instance.ts"
import { field, text } from "./option-fields.ts"

/**
 * An error of the same kind that says what was being done: `message: original`. It is retryable as the original is, and has its details; that
 * is its `cause`. What is no error of the runtime's becomes an `Unknown`.
 *
 * Errors  Invalid, for a message that is no text.
 *
 * @example
 * const gone = wrap(new NotFound("there is no user 7", { details: { field: "id" } }), "loading the session")
 * gone.message // => "loading the session: there is no user 7"
 * gone.details.field // => "id"
 */
export function wrap(error: unknown, message: string): PigeonholeError {
  const context = text(message, "message")
  try {
    const { kind, message: original, details, retryable } = errorOf(error)
    const what = isA(error, Error) ? String(error.message) : original
    return new (classOf(kind))(`${context}: ${what}`, { details, retryable, cause: error })
  } catch {
    return new Unknown(`${context}: a value that cannot be printed`, { cause: error })
  }
}

/**
 * Whether it is an error of the runtime's of that kind; of another copy of the package, too, where `instanceof` says no.
 *
 * Errors  Invalid, for what is no kind.
 *
 * @example
 * const error: unknown = new NotFound("there is no user 7")
 * isKind(error, "NOT_FOUND") // => true
 * isKind(new Error("boom"), "NOT_FOUND") // => false
 */
export function isKind<Kind extends ErrorKind>(error: unknown, kind: Kind): error is PigeonholeError & { readonly kind: Kind } {
  const wanted = field<ErrorKind>((name) => tagOf(name) !== undefined, `one of ${kinds().join(", ")}`)(kind, "kind")
  try {
    return (isOurs(error) || foreignKind(error) === "error") && (error as PigeonholeError).kind === wanted
  } catch {
    return false
  }
}

/** One of somebody's own classes is of the kind that it says, and what is wrapped of the class of that kind. */
function classOf(kind: ErrorKind): new (message: string, options?: ErrorOptions) => PigeonholeError {
  return CLASSES.get(tagOf(kind) ?? "") ?? Unknown
}

function tagOf(kind: unknown): string | undefined {
  return [...CLASSES.keys()].find((tag) => kindOf(tag) === kind)
}

function kinds(): readonly string[] {
  return [...CLASSES.keys()].map(kindOf)
}

/** `NotFound` is the class of `NOT_FOUND`. */
function kindOf(tag: string): string {
  return tag.replace(/\B[A-Z]/g, "_$&").toUpperCase()
}
