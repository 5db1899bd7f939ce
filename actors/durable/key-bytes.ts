/**
 * Keys as bytes whose order is the order of the keys.
 *
 * Databases compare bytes. UTF-8 would put a letter beyond U+FFFF behind one at U+FFFD, while JavaScript puts it before, as it compares UTF-16
 * code units. So each half of such a letter is written as a letter of its own (CESU-8): the bytes are then in the order of the code units, and
 * every other key looks as it does in UTF-8.
 *
 * Source  Unicode Technical Report 26, "Compatibility Encoding Scheme for UTF-16: 8-Bit (CESU-8)".
 */

/** At most so many bytes for each code unit. */
export const MOST_BYTES_A_UNIT = 3

/** Behind every key: no byte of one is so high. */
export const BEHIND_ALL: Uint8Array = Uint8Array.of(0xff)

/** Writes `key` into `to`, which has room for it, from `at`; gives where it ends. */
export function writeKey(key: string, to: Uint8Array, at: number): number {
  let end = at
  for (let index = 0; index < key.length; index += 1) {
    const unit = key.charCodeAt(index)
    if (unit < 0x80) to[end++] = unit
    else if (unit < 0x800) {
      to[end++] = 0xc0 | (unit >> 6)
      to[end++] = 0x80 | (unit & 0x3f)
    } else {
      to[end++] = 0xe0 | (unit >> 12)
      to[end++] = 0x80 | ((unit >> 6) & 0x3f)
      to[end++] = 0x80 | (unit & 0x3f)
    }
  }
  return end
}

/** The bytes of `key`, in memory of their own. */
export function keyBytes(key: string): Uint8Array {
  const bytes = new Uint8Array(key.length * MOST_BYTES_A_UNIT)
  return bytes.slice(0, writeKey(key, bytes, 0))
}

const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true })

/** The key that `bytes` are of: what `writeKey` has written. */
export function keyOf(bytes: Uint8Array): string {
  return hasHalves(bytes) ? unitsOf(bytes) : decoder.decode(bytes)
}

/** Whether half a letter is among them, which a decoder of UTF-8 takes for a mistake. */
function hasHalves(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(FIRST_OF_HALF); at >= 0; at = bytes.indexOf(FIRST_OF_HALF, at + 1)) {
    if ((bytes[at + 1] as number) >= SECOND_OF_HALF) return true
  }
  return false
}

const FIRST_OF_HALF = 0xed
const SECOND_OF_HALF = 0xa0

function unitsOf(bytes: Uint8Array): string {
  let text = ""
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at++] as number
    if (first < 0x80) text += String.fromCharCode(first)
    else if (first < 0xe0) text += String.fromCharCode(((first & 0x1f) << 6) | following(bytes, at++))
    else text += String.fromCharCode(((first & 0x0f) << 12) | (following(bytes, at++) << 6) | following(bytes, at++))
  }
  return text
}

function following(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) & 0x3f
}

/** From where to where the keys of a page are: from `from` on, and before `to`. */
export interface KeyRange {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** The keys that begin with `prefix` and come behind `after`. */
export function rangeOf(prefix: string, after?: string): KeyRange {
  const from = after === undefined || after < prefix ? keyBytes(prefix) : rightBehind(keyBytes(after))
  return { from, to: behindPrefix(keyBytes(prefix)) }
}

/** The first that comes behind `key`, whatever else there may be. */
function rightBehind(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1)
  next.set(key)
  return next
}

/** The first that comes behind all that begin so: no byte is the highest, so the last can always be raised. */
function behindPrefix(prefix: Uint8Array): Uint8Array {
  if (prefix.length === 0) return BEHIND_ALL
  const next = prefix.slice()
  next[next.length - 1] = (next.at(-1) as number) + 1
  return next
}
