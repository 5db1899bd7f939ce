/** CRC-32C (Castagnoli), the checksum of iSCSI, ext4 and many a log: finds each flipped bit, and each run of up to 32. Not against malice. */

const POLYNOMIAL = 0x82f63b78

/** By byte, and for the byte before: eight tables, so that eight bytes take one step. */
const TABLES = makeTables()

/** The checksum of `bytes`, or of what `before` is the checksum of and `bytes` behind it. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before
  let at = 0
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as Tables
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low = crc ^ word(bytes, at)
    const high = word(bytes, at + 4)
    crc =
      entry(t7, low) ^
      entry(t6, low >>> 8) ^
      entry(t5, low >>> 16) ^
      entry(t4, low >>> 24) ^
      entry(t3, high) ^
      entry(t2, high >>> 8) ^
      entry(t1, high >>> 16) ^
      entry(t0, high >>> 24)
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ entry(t0, crc ^ (bytes[at] as number))
  return ~crc >>> 0
}

type Tables = readonly [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array]

function entry(table: Int32Array, place: number): number {
  return table[place & 0xff] as number
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
}

function makeTables(): readonly Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => ofByte(byte))
  const tables = [first]
  while (tables.length < 8) {
    const last = tables[tables.length - 1] as Int32Array
    tables.push(last.map((crc) => (crc >>> 8) ^ entry(first, crc)))
  }
  return tables
}

function ofByte(byte: number): number {
  let crc = byte
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  return crc
}
