/**
 * A Standard Schema, read once: a function that gives what the schema makes of a value, or throws `Invalid` that names the place of what does
 * not fit.
 *
 * Invariants
 * - `~standard`, its version and its `validate` are read once; `validate` is called as a method of what it was read of.
 * - Whatever the schema does (it throws, gives a promise, a result that resists, issues without end) comes out as an `Invalid`, and is over; what it could not
 *   do as its caller's stack is full, as the host's `RangeError`.
 * - What an error says of issues is bounded, and is text of our own.
 */

import { type ErrorDetails, Invalid, invalid, shown } from "./errors.ts"
import { isCutShort } from "./stack.ts"
import { givenAtOnce } from "./thenable.ts"

/** Gives what the schema makes of the value. `field`: how an error calls it. Throws `Invalid`. */
export type Decode = (value: unknown, field: string) => unknown

/** One thing that is wrong with a value, as `details.issues` tells it. */
interface SchemaIssue {
  /** `argument.user.name` */
  readonly path: string
  /** What the schema says of it; not told of a value that others than its maker may read of. */
  readonly message?: string
}

const MOST_ISSUES = 32
const MOST_STEPS = 32
const LONGEST_STEP = 64
const LONGEST_MESSAGE = 256

/**
 * Reads a schema. `option`: what an error calls it. `isTold`: whether an error repeats what the schema says of a value, which may show parts of it.
 * Throws `Invalid` for what is no Standard Schema.
 */
export function decodeBy(schema: unknown, option: string, isTold = true): Decode {
  const { standard, validate } = standardOf(schema, option)
  return (value, field) => {
    let result: unknown
    try {
      result = Reflect.apply(validate, standard, [value])
    } catch (cause) {
      if (isCutShort(cause)) throw cause
      throw invalid(field, "cannot be judged: its schema has thrown", isTold ? cause : undefined)
    }
    const problem = (): Error => invalid(field, "cannot be judged at once: its schema is asynchronous")
    return outputOf(givenAtOnce(result, problem), field, isTold)
  }
}

/** Any value, so that a getter is asked once. */
interface Read {
  readonly standard: unknown
  readonly validate: (value: unknown) => unknown
}

function standardOf(schema: unknown, option: string): Read {
  try {
    const standard: unknown = isPart(schema) ? Reflect.get(schema, "~standard") : undefined
    if (isPart(standard) && Reflect.get(standard, "version") === 1) {
      const validate: unknown = Reflect.get(standard, "validate")
      if (typeof validate === "function") return { standard, validate: validate as Read["validate"] }
    }
  } catch (cause) {
    throw invalid(option, "cannot be read", cause)
  }
  throw invalid(option, `must be a Standard Schema, version 1 (of Effect: Schema.toStandardSchemaV1); got ${shown(schema)}`)
}

function isPart(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function"
}

function outputOf(result: unknown, field: string, isTold: boolean): unknown {
  let issues: unknown
  try {
    if (isPart(result)) {
      issues = Reflect.get(result, "issues")
      if ((issues === undefined || issues === null) && "value" in result) return result.value
    }
  } catch (cause) {
    throw invalid(field, "cannot be judged: what its schema gives cannot be read", isTold ? cause : undefined)
  }
  if (issues === undefined || issues === null) throw invalid(field, "cannot be judged: its schema gives neither a value nor issues")
  throw refusal(field, issues, isTold)
}

/** Only what was read of it, each part once. */
function refusal(field: string, given: unknown, isTold: boolean): Invalid {
  const { issues, more } = issuesFrom(given, field, isTold)
  const [first = { path: field }] = issues
  const details: ErrorDetails = { field: first.path, issues, ...(more > 0 ? { moreIssues: more } : {}) }
  const said = first.message === undefined ? "does not fit its schema" : first.message
  const others = issues.length + more - 1
  const rest = others > 0 ? ` (and ${others} more)` : ""
  return new Invalid(`${first.path}${first.message === undefined ? " " : ": "}${said}${rest}`, { details })
}

function issuesFrom(given: unknown, field: string, isTold: boolean): { readonly issues: readonly SchemaIssue[]; readonly more: number } {
  const issues: SchemaIssue[] = []
  let length = 0
  try {
    const list = given as readonly unknown[]
    length = Math.max(0, Math.trunc(Number(list.length))) || 0
    for (let index = 0; index < Math.min(length, MOST_ISSUES); index += 1) issues.push(issueFrom(list[index], field, isTold))
  } catch {
    // What could be read of them is told.
  }
  return { issues: Object.freeze(issues), more: Math.max(0, length - issues.length) }
}

function issueFrom(given: unknown, field: string, isTold: boolean): SchemaIssue {
  const { path, message } = given as { readonly path?: unknown; readonly message?: unknown }
  const place = field + pathOf(path)
  if (!isTold) return Object.freeze({ path: place })
  return Object.freeze({ path: place, message: typeof message === "string" ? cut(message, LONGEST_MESSAGE) : "does not fit its schema" })
}

/** As messages write it: `.user.name`, `[2]`, `["a b"]`. */
function pathOf(path: unknown): string {
  if (path === undefined || path === null) return ""
  const steps = path as readonly unknown[]
  const { length } = steps
  let text = ""
  for (let index = 0; index < Math.min(length, MOST_STEPS); index += 1) text += stepOf(steps[index])
  return length > MOST_STEPS ? `${text}…` : text
}

function stepOf(step: unknown): string {
  const key: unknown = typeof step === "object" && step !== null ? Reflect.get(step, "key") : step
  if (typeof key === "number") return `[${key}]`
  if (typeof key !== "string") return `[${cut(String(key), LONGEST_STEP)}]`
  return /^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(key) && key.length <= LONGEST_STEP ? `.${key}` : `[${JSON.stringify(cut(key, LONGEST_STEP))}]`
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}
