/**
 * Patterns of actions and resources: names of segments set apart by `.` and `:`, with two wildcards. `*` in the place of a
 * segment matches any one segment; `*` at the end matches any rest.
 *
 *   app:cache      that one             app:*      all that begin with app:
 *   *:cache        cache of any app     app:ca*    all that begin with app:ca
 *   store.key.*    every key action     *          all
 */

import { invalid } from "../kernel/errors.ts"

export type NameMatcher = (name: string) => boolean

const SEPARATOR = /[.:]/

/** Compiles a pattern; throws `Invalid` that names `field` for an empty one or a `*` in the middle of a segment. */
export function compileWildcard(pattern: unknown, field: string): NameMatcher {
  if (typeof pattern !== "string" || pattern === "") throw invalid(field, "must be a non-empty string")
  const isPrefix = pattern.endsWith("*")
  const body = isPrefix ? pattern.slice(0, -1) : pattern
  if (!body.includes("*")) return isPrefix ? (name) => name.startsWith(body) : (name) => name === body
  const parts = body.split(SEPARATOR)
  if (parts.some((part) => part.includes("*") && part !== "*")) {
    throw invalid(field, `has a * that is neither a whole segment nor at the end: ${pattern}`)
  }
  return (name) => matchesSegments(body, name, isPrefix)
}

/** Walks pattern and name together; a `*` of the pattern takes the name's present segment. Cost O(length). */
function matchesSegments(pattern: string, name: string, isPrefix: boolean): boolean {
  let at = 0
  for (let i = 0; i < pattern.length; i += 1) {
    if (pattern[i] !== "*") {
      if (name[at] !== pattern[i]) return false
      at += 1
      continue
    }
    const from = at
    while (at < name.length && !SEPARATOR.test(name[at] as string)) at += 1
    if (at === from) return false
  }
  return isPrefix || at === name.length
}
