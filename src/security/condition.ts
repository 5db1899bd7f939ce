/**
 * Conditions of a policy, compiled once to closures.
 *
 * A field is a path from `principal`, `action`, `resource` or `attributes`, over own properties only. Each negative
 * operator is the exact negation of its positive one; with something absent on either side the positive one does not hold.
 */

import { invalid, shown } from "../kernel/errors.ts"
import { isList } from "../kernel/instance.ts"
import { anything } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import type { AccessRequest } from "./access.ts"
import { compilePattern } from "./pattern.ts"

/** How a condition compares the field with its value. */
export type Operator =
  | "eq"
  | "ne"
  | "lt"
  | "gt"
  | "lte"
  | "gte"
  | "in"
  | "nin"
  | "exists"
  | "nexists"
  | "contains"
  | "ncontains"
  | "matches"
  | "nmatches"

/** A comparison that must hold for a rule to apply. */
export interface Condition {
  /** `principal.id`, `principal.meta.role`, `action`, `resource`, `attributes.key`, … */
  readonly field: string
  /** How to compare; one that begins with `n` is true where the other is not. */
  readonly operator: Operator
  /** What to compare with … */
  readonly value?: unknown
  /** … or the field to take it from. */
  readonly valueFrom?: string
}

export interface CompiledCondition {
  /** Whether the answer can differ between two requests of one principal, action and resource. */
  readonly dependsOnAttributes: boolean
  readonly holds: (request: AccessRequest) => boolean
}

type Comparison = (field: unknown, value: unknown) => boolean
type Read = (request: AccessRequest) => unknown

const isSame: Comparison = (field, value) => isIn(field, [value])

const COMPARISONS: Readonly<Record<Exclude<Operator, "exists" | "nexists" | "matches" | "nmatches">, Comparison>> = {
  eq: isSame,
  ne: (field, value) => !isSame(field, value),
  lt: (field, value) => isOrdered(field, value) && field < (value as typeof field),
  gt: (field, value) => isOrdered(field, value) && field > (value as typeof field),
  lte: (field, value) => isOrdered(field, value) && field <= (value as typeof field),
  gte: (field, value) => isOrdered(field, value) && field >= (value as typeof field),
  in: isIn,
  nin: (field, value) => !isIn(field, value),
  contains: isContained,
  ncontains: (field, value) => !isContained(field, value),
}

/** What each may be depends on the operator. */
const PARTS = { field: anything, operator: anything, value: anything, valueFrom: anything }

/** Compiles a condition; throws `Invalid` that names the field under `path`. */
export function compileCondition(given: unknown, path: string): CompiledCondition {
  if (typeof given !== "object" || given === null) throw invalid(path, "must be an object")
  const condition = readOptions(given, PARTS, path) as Condition
  const { field, operator } = condition
  const read = compileField(field, `${path}.field`)
  if (operator === "exists" || operator === "nexists") return existence(condition, read, path)
  if (operator === "matches" || operator === "nmatches") return match(condition, read, path)
  if (typeof operator !== "string" || !Object.hasOwn(COMPARISONS, operator))
    throw invalid(`${path}.operator`, `is unknown: ${shown(operator)}`)
  const compare = COMPARISONS[operator]
  const readValue = compileValue(condition, path)
  return {
    dependsOnAttributes: isOfAttributes(field) || isOfAttributes(condition.valueFrom),
    holds: (request) => compare(read(request), readValue(request)),
  }
}

function existence({ field, operator, value, valueFrom }: Condition, read: Read, path: string): CompiledCondition {
  if (value !== undefined || valueFrom !== undefined) throw invalid(`${path}.value`, `has no meaning with ${operator}`)
  const isWanted = operator === "exists"
  return { dependsOnAttributes: isOfAttributes(field), holds: (request) => (read(request) !== undefined) === isWanted }
}

function match({ field, operator, value, valueFrom }: Condition, read: Read, path: string): CompiledCondition {
  if (valueFrom !== undefined) throw invalid(`${path}.valueFrom`, `is not allowed with ${operator}: a pattern must be known at definition`)
  const pattern = compilePattern(value, `${path}.value`)
  const isWanted = operator === "matches"
  return {
    dependsOnAttributes: isOfAttributes(field),
    holds: (request) => {
      const text = read(request)
      return (typeof text === "string" && pattern.test(text)) === isWanted
    },
  }
}

function compileValue({ operator, value, valueFrom }: Condition, path: string): Read {
  if (valueFrom !== undefined) {
    if (value !== undefined) throw invalid(`${path}.valueFrom`, "cannot stand beside value")
    return compileField(valueFrom, `${path}.valueFrom`)
  }
  if (value === undefined) throw invalid(`${path}.value`, "is missing: give value or valueFrom")
  if ((operator === "in" || operator === "nin") && !isList(value)) throw invalid(`${path}.value`, `must be an array with ${operator}`)
  const isEquality = operator === "eq" || operator === "ne"
  if (isEquality && typeof value === "object" && value !== null)
    throw invalid(`${path}.value`, `must be no object with ${operator}: it equals nothing`)
  const isOrdering = operator === "lt" || operator === "gt" || operator === "lte" || operator === "gte"
  if (isOrdering && !isOrdered(value, value)) throw invalid(`${path}.value`, `must be a number or a string with ${operator}`)
  const kept = structuredCloneOf(value, `${path}.value`)
  return () => kept
}

function compileField(field: string, path: string): Read {
  if (field === "action") return (request) => request.action
  if (field === "resource") return (request) => request.resource
  const [root, ...names] = typeof field === "string" ? field.split(".") : []
  if ((root !== "principal" && root !== "attributes") || names.length === 0 || names.includes("")) {
    throw invalid(path, `must be action, resource, or a path from principal or attributes; got ${shown(field)}`)
  }
  return (request) => ownAt(request[root], names)
}

function ownAt(from: unknown, names: readonly string[]): unknown {
  let value = from
  for (const name of names) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

function isOfAttributes(field: string | undefined): boolean {
  return field?.startsWith("attributes.") ?? false
}

function isOrdered(field: unknown, value: unknown): field is number | string {
  return (typeof field === "number" && typeof value === "number") || (typeof field === "string" && typeof value === "string")
}

/** 0 and -0, which JSON tells apart, are one number here; NaN is itself. */
function isIn(field: unknown, value: unknown): boolean {
  return field !== undefined && isList(value) && value.includes(field)
}

function isContained(field: unknown, value: unknown): boolean {
  if (typeof field === "string") return typeof value === "string" && field.includes(value)
  return isIn(value, field)
}

/** Taken hold of when this module is loaded: a test may put a fake in its place. */
const { structuredClone: copyOfHost } = globalThis

/** A policy keeps what it was given, whatever its author does with the object afterwards. */
function structuredCloneOf(value: unknown, path: string): unknown {
  try {
    return copyOfHost(value)
  } catch (cause) {
    throw invalid(path, "must be plain data", cause)
  }
}
