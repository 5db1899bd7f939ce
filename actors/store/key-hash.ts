/**
 * A number for a key, the same for ever: 25 bits, by which an eviction policy knows it again after it is gone.
 *
 * The seven lowest bits are 0: there is room for a mark and a small count beside it. Of a long key both ends are looked at and its length, so that the cost is bounded;
 * keys that differ in the middle alone count as one, which costs hits and nothing else.
 */

const START = 0x811c9dc5
const PRIME = 0x01000193
const LOOKED_AT = 64

/** All but those of what stands beside it. */
export const HASH_BITS = ~127

export function hashOfKey(key: string): number {
  const { length } = key
  let hash = START ^ length
  for (let at = 0; at < length; at += 1) {
    if (at === LOOKED_AT) at = Math.max(at, length - LOOKED_AT)
    hash = Math.imul(hash ^ key.charCodeAt(at), PRIME)
  }
  return mixed(hash) & HASH_BITS
}

/** Each bit depends on each: the last step of MurmurHash3. */
function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
