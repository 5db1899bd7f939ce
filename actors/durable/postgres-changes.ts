/**
 * Changes as statements take them: those that follow each other, are of one sort and are of different keys go together in one, as lists of their columns.
 *
 * What is given may be changed by its owner afterwards: values are copied here.
 */

import { keyBytes } from "./key-bytes.ts"
import type { Change } from "./store-database.ts"

/** One statement's worth. */
export interface ChangeRun {
  readonly type: Change["type"]
  /** Keys; of `put` and `touch` also versions and ends; of `put` also values. */
  readonly lists: readonly (readonly unknown[])[]
}

/** In their order: what comes later is done later, where it matters. */
export function runsOf(changes: readonly Change[]): readonly ChangeRun[] {
  const runs: Change[][] = []
  let keys = new Set<string>()
  for (const change of changes) {
    const run = runs.at(-1)
    if (run !== undefined && run[0]?.type === change.type && !keys.has(change.key)) run.push(change)
    else {
      runs.push([change])
      keys = new Set()
    }
    keys.add(change.key)
  }
  return runs.map((run) => ({ type: run[0]?.type ?? "remove", lists: listsOf(run) }))
}

function listsOf(run: readonly Change[]): readonly (readonly unknown[])[] {
  const kept = run.flatMap((change) => (change.type === "remove" ? [] : [change]))
  const keys = run.map(({ key }) => Buffer.from(keyBytes(key)))
  if (kept.length === 0) return [keys]
  const numbers = [
    kept.map(({ version }) => version),
    kept.map(({ expiresAt = null }) => expiresAt),
    kept.map(({ idleMs = null }) => idleMs),
    kept.map(({ limitAt = null }) => limitAt),
  ]
  const values = run.flatMap((change) => (change.type === "put" ? [Buffer.from(change.value)] : []))
  return values.length === 0 ? [keys, ...numbers] : [keys, ...numbers, values]
}

/** The highest version among them. */
export function highestOf(changes: readonly Change[]): number {
  return changes.reduce((highest, { version }) => Math.max(highest, version), 0)
}
