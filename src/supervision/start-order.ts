/**
 * The order in which siblings start: as declared, but each after what it requires. Stopping goes the other way.
 *
 * An extension to OTP, where the order of declaration is all there is. Pure.
 */

import { invalid } from "../kernel/errors.ts"

export interface Orderable {
  readonly id: string
  /** Ids of siblings. */
  readonly requires: readonly string[]
}

/** Throws `Invalid` for an unknown id, and for a cycle, which it spells out. */
export function startOrder<Item extends Orderable>(items: readonly Item[], path: string): readonly Item[] {
  const byId = new Map(items.map((item) => [item.id, item]))
  const ordered = new Set<Item>()
  const underWay: string[] = []

  const visit = (item: Item): void => {
    if (ordered.has(item)) return
    const at = underWay.indexOf(item.id)
    if (at >= 0) throw cycleError([...underWay.slice(at), item.id], path)
    underWay.push(item.id)
    for (const [index, id] of item.requires.entries()) {
      const required = byId.get(id)
      if (required === undefined) throw invalid(`${path}["${item.id}"].requires[${index}]`, `names ${id}, which is not defined`)
      visit(required)
    }
    underWay.pop()
    ordered.add(item)
  }

  for (const item of items) visit(item)
  return [...ordered]
}

function cycleError(cycle: readonly string[], path: string) {
  return invalid(`${path}["${cycle[0]}"].requires`, `is a cycle: ${cycle.join(" → ")}`)
}
