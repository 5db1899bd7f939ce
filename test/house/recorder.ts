/** Where a running example's claims are judged and kept. */

import { type Kind, refute } from "./claim.ts"

export interface Recorded {
  /** Lines of the claims that were reached. */
  readonly reached: number[]
  /** What did not hold, with its line. */
  readonly refuted: string[]
}

const records = new Map<string, Recorded>()

export function recordOf(example: string): Recorded {
  const record = records.get(example) ?? { reached: [], refuted: [] }
  records.set(example, record)
  return record
}

export default function record(example: string): (line: number, text: string, kind: Kind, actual: unknown) => void {
  const { reached, refuted } = recordOf(example)
  return (line, text, kind, actual) => {
    const problem = refute(text, kind, actual)
    reached.push(line)
    if (problem !== undefined) refuted.push(`line ${line} ${problem}`)
  }
}
