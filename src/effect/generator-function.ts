/** A generator's function where one that gives an Effect is wanted: what it gives is a generator, which would be taken for a plain value, and nobody would run it. */

import { invalid } from "../kernel/errors.ts"
import { passes } from "../kernel/instance.ts"

/** Throws `Invalid`, naming `field`, for such a function; says nothing of all else. */
export function refuseGenerator(field: string, callback: unknown): void {
  if (passes(callback, isGeneratorFunction))
    throw invalid(field, "must not be a generator's function itself: Effect.fnUntraced(function* …) makes one that gives an Effect")
}

function isGeneratorFunction(value: unknown): boolean {
  return typeof value === "function" && /^\[object (?:Async)?GeneratorFunction\]$/.test(Object.prototype.toString.call(value))
}
