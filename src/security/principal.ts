/** Who acts: what policies decide about. (The security literature says actor; here that word is taken.) */

import { invalid } from "../kernel/errors.ts"

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
export function principalOf(input: PrincipalInput): Principal {
  const { id, meta = {} } = input ?? {}
  if (typeof id !== "string" || id === "") throw invalid("principal.id", "must be a non-empty string")
  if (typeof meta !== "object" || meta === null) throw invalid("principal.meta", "must be an object")
  try {
    return deepFreeze({ id, meta: structuredClone(meta) })
  } catch (cause) {
    throw invalid("principal.meta", "must be plain data", cause)
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) deepFreeze(part)
  return value
}
