/** Options by name: one that is not known is a mistake, and silence about it would be read as consent. */

import { invalid, shown } from "./errors.ts"

/**
 * Throws `Invalid` for options that are no object, and for one whose name is not known, with the nearest that is.
 *
 * `path` stands before the name at fault: `children["app:cache"].`; where it is empty, the name stands alone.
 */
export function checkOptions(options: unknown, known: readonly string[], path = ""): void {
  if (options === undefined) return
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw invalid(path === "" ? "options" : path.replace(/\.$/, ""), `must be an object of options; got ${shown(options)}`)
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const nearest = known.toSorted((one, other) => distance(name, one) - distance(name, other))[0] ?? ""
    const hint = distance(name, nearest) <= 3 ? `; did you mean ${nearest}?` : `; there are ${known.join(", ")}`
    throw invalid(`${path}${name}`, `is unknown${hint}`)
  }
}

/** Letters to insert, drop or change. Source  Levenshtein, "Binary codes capable of correcting deletions, insertions, and reversals" (1966). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1]
    for (const [at, wanted] of [...other].entries()) {
      const change = (row[at] as number) + (letter.toLowerCase() === wanted.toLowerCase() ? 0 : 1)
      next.push(Math.min(change, (row[at + 1] as number) + 1, (next[at] as number) + 1))
    }
    row = next
  }
  return row[other.length] as number
}
