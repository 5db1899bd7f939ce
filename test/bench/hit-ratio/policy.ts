/** A cache as a hit ratio sees it: which keys it holds. Keys are whole numbers from 0. Written to be read, not to be fast. */

export interface Policy {
  /** One request for a key, which is then held, or not, as the policy has it. True: it was held already. */
  request(key: number): boolean
}

/** The keys in the order they were put in. A `Set` is a queue: its first is its oldest. */
export function oldest(keys: Set<number>): number | undefined {
  for (const key of keys) return key
  return undefined
}

/** To the young end. */
export function renew(keys: Set<number>, key: number): void {
  keys.delete(key)
  keys.add(key)
}
