/** Lists that a caller gives: read once, whatever they are, and within a bound. */

import { invalid, isCutShort, PigeonholeError, shown } from "../../src/index.ts"

/** Of one message. */
export const MOST_ITEMS = 1_000_000

/** What `read` makes of each item, in order; it is told the item's place. Throws `Invalid` for what cannot be iterated, for more than a million items, and what `read` throws. */
export function readList<Item>(list: unknown, field: string, read: (item: unknown, place: number) => Item): Item[] {
  const items: Item[] = []
  try {
    // Text can be iterated, and is never meant.
    if (typeof list !== "object" || list === null) throw invalid(field, `must be a list; got ${shown(list)}`)
    for (const item of list as Iterable<unknown>) {
      if (items.length === MOST_ITEMS) throw invalid(field, `must have at most ${MOST_ITEMS} items`)
      items.push(read(item, items.length))
    }
    return items
  } catch (error) {
    if (error instanceof PigeonholeError || isCutShort(error)) throw error
    throw invalid(field, `must be a list that can be read; got ${shown(list)}`, error)
  }
}
