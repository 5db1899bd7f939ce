/**
 * A number for a key, the same for ever: 32 bits, by which it is found, and 25 of them, by which an eviction policy knows it again after it is gone.
 *
 * Of those 25 the seven lowest bits are 0: there is room for a mark and a small count beside it. Of a long key both ends are looked at and its length, so that the cost is
 * bounded; keys that differ in the middle alone count as one for a policy, which costs hits and nothing else.
 */

const START = 0x811c9dc5
const PRIME = 0x01000193
const LOOKED_AT = 64

/** All but those of what stands beside it. */
export const HASH_BITS = ~127

export function hashOfKey(key: string): number {
  return wholeHashOf(key) & HASH_BITS
}

export function wholeHashOf(key: string): number {
  const { length } = key
  let hash = START ^ length
  for (let at = 0; at < length; at += 1) {
    if (at === LOOKED_AT) at = Math.max(at, length - LOOKED_AT)
    hash = Math.imul(hash ^ key.charCodeAt(at), PRIME)
  }
  // Each bit depends on each: the last step of MurmurHash3.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
