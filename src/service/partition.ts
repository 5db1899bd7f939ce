/**
 * Which partition of a service a key picks. The same one each time, in every run of the program.
 *
 * A key may have a hash tag: of `order:{7}:lines` the `7` alone picks, so that all keys with that tag are of one partition. It is what stands between the
 * first `{` and the first `}` behind it; where nothing does, or one of them is missing, all of the key picks.
 *
 * Source  Redis Cluster, "hash tags".
 */

import { Invalid, invalid, shown } from "../kernel/errors.ts"

/** A service, as far as a key picks from it. */
interface Partitioned {
  readonly id: string
  readonly reception: { readonly partitions?: number } | undefined
}

/** Each is a process of its own from the start. */
export const MOST_PARTITIONS = 65_536

/** The id of one partition's service. */
export function partitionId(id: string, index: number): string {
  return `${id}#${index}`
}

/** The id of the partition that has the key. Throws `Invalid` for a service without partitions, and for a key that is none. */
export function partitionOf({ id, reception }: Partitioned, key: string | number): string {
  const partitions = reception?.partitions
  if (partitions === undefined) throw new Invalid(`${id} has no partitions: acquire it without a key`, { details: { field: "key", id } })
  return partitionId(id, partitionIndex(key, partitions))
}

/** Throws `Invalid` for what picks no partition of any service. */
export function checkKey(key: string | number): void {
  partitionIndex(key, 1)
}

/** A whole number picks by its remainder, as in Elixir; a string by the hash of it, or of its tag. */
export function partitionIndex(key: string | number, partitions: number): number {
  if (typeof key === "string") return hashOfTag(key) % partitions
  if (Number.isSafeInteger(key)) return Math.abs(key) % partitions
  throw invalid("key", `must be a string or a whole number; got ${shown(key)}`)
}

function hashOfTag(key: string): number {
  const open = key.indexOf("{")
  if (open === -1) return hashOf(key, 0, key.length)
  const close = key.indexOf("}", open + 1)
  return close > open + 1 ? hashOf(key, open + 1, close) : hashOf(key, 0, key.length)
}

/** FNV-1a over UTF-16 code units, with a last mix: its low bits alone tell short keys badly apart. */
function hashOf(key: string, from: number, to: number): number {
  let hash = 0x811c9dc5
  for (let index = from; index < to; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}
