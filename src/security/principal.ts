/** Who acts: what policies decide about. (The security literature says actor; here that word is taken.) */

import { invalid } from "../kernel/errors.ts"
import { isList } from "../kernel/instance.ts"
import { text } from "../kernel/option-fields.ts"
import { entriesOf, readOptions } from "../kernel/options.ts"

/** Who acts. */
export interface Principal {
  readonly id: string
  /** What is known of it, for conditions: `principal.meta.role`. */
  readonly meta: Readonly<Record<string, unknown>>
}

/** A principal as callers write it; `meta` may be left out. */
export interface PrincipalInput {
  readonly id: string
  readonly meta?: Readonly<Record<string, unknown>>
}

/** Who acts where nobody says who. */
export const anonymous: Principal = Object.freeze({ id: "anonymous", meta: Object.freeze({}) })

/**
 * A principal of its own that nobody can change: a verdict may be kept for as long as the policies stay.
 *
 * Errors  Invalid, for an empty id or a `meta` that is not plain data.
 */
export function principalOf(input: unknown, path = "principal"): Principal {
  return readOptions(input, { id: text, meta: metaOf }, path)
}

function metaOf(meta: unknown, path: string): Principal["meta"] {
  const parts = meta === undefined ? [] : entriesOf(meta, path)
  return Object.freeze(Object.fromEntries(parts.map(([name, part]) => [name, frozenCopy(part, `${path}.${name}`, 1)])))
}

/** Deeper than anything that a policy would look at; a value that holds itself ends here. */
const DEEPEST = 32

/** Of plain data only: what cannot be frozen (Map, Set, Date, …) could be changed by whoever holds the principal. */
function frozenCopy(value: unknown, path: string, depth = 0): unknown {
  if (typeof value === "function" || typeof value === "symbol" || depth > DEEPEST) throw invalid(path, "must be plain data")
  if (typeof value !== "object" || value === null) return value
  if (isList(value)) return Object.freeze(value.map((item, index) => frozenCopy(item, `${path}[${index}]`, depth + 1)))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw invalid(path, "must be plain data: no Map, Set, Date or instance of a class")
  const parts = Object.entries(value).map(([name, part]): [string, unknown] => [name, frozenCopy(part, `${path}.${name}`, depth + 1)])
  return Object.freeze(Object.fromEntries(parts))
}
