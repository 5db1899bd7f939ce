/**
 * A value as it stands in a database: behind a checksum of its bytes, so that what has become of them on a disk is not taken for another value.
 *
 * The first byte is `CHECKED`; then the checksum (CRC-32, four bytes, little-endian), and the value as `value-encoder.ts` writes one that stands alone. One
 * that was written before there were checksums begins with its format's number.
 */

import { crc32 } from "node:zlib"
import { invalid } from "../../src/index.ts"
import { decodedValue } from "../store/value-decoder.ts"
import { encodedValue } from "../store/value-encoder.ts"

/** No format has this number. */
const CHECKED = 0xc5
const HEAD_BYTES = 5

/** The bytes of a value; errors as of `encodedValue`. */
export function checkedBytes(stored: unknown): Uint8Array<ArrayBuffer> {
  const bytes = encodedValue(stored, HEAD_BYTES)
  bytes[0] = CHECKED
  const checksum = crc32(bytes.subarray(HEAD_BYTES))
  for (let at = 1; at < HEAD_BYTES; at += 1) bytes[at] = checksum >>> (8 * (at - 1))
  return bytes
}

/** The value of these bytes. Errors  Invalid, where they are not those that were written, and as of `decodedValue`. */
export function checkedValue(bytes: Uint8Array): unknown {
  if (bytes[0] !== CHECKED) return decodedValue(bytes)
  const value = bytes.subarray(HEAD_BYTES)
  const checksum = crc32(value)
  for (let at = 1; at < HEAD_BYTES; at += 1) {
    if (bytes[at] !== ((checksum >>> (8 * (at - 1))) & 0xff)) throw invalid("bytes", "are not those that were written")
  }
  return decodedValue(value)
}
