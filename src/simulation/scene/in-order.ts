/** What could happen next, by its numbers. */

import type { Candidate } from "./candidate.ts"

/** Up to so many are put in order without a list beside the list. */
const FEW = 16

/** The same list. Where there are few, none but those out of place are moved: most are in order. */
export function inOrder(found: Candidate[]): Candidate[] {
  if (found.length > FEW) return found.sort((one, other) => one.choice.id - other.choice.id)
  for (let at = 1; at < found.length; at += 1) {
    const candidate = found[at] as Candidate
    let to = at
    for (; to > 0 && (found[to - 1] as Candidate).choice.id > candidate.choice.id; to -= 1) found[to] = found[to - 1] as Candidate
    found[to] = candidate
  }
  return found
}
