/**
 * How each of a store's calls is spread over its partitions: to the one that has the key, to those that have some of the keys, or to all.
 *
 * What is about keys of several partitions is judged by the policies of all of them before the first is asked anything.
 */

import {
  type AskOptions,
  checkOptions,
  Invalid,
  type MailboxPort,
  type MailboxRoute,
  type PartitionedPort,
  shown,
} from "../../src/index.ts"
import type { KeysRequest, ListRequest, SetManyRequest } from "./batch-requests.ts"
import { spreadBatch } from "./spread-batch.ts"
import { spreadList } from "./spread-list.ts"
import type { StoreCall } from "./store-face.ts"
import { type StoreStatistics, statisticsOfAll } from "./store-statistics.ts"
import type { TransactionRequest } from "./transaction.ts"

/** Posts a request, made by a store's mailbox, to the partitions it is about. What throws is refused. */
export type Spread = (whole: PartitionedPort, route: MailboxRoute, request: unknown, options: AskOptions | undefined) => Promise<unknown>

/** To the partition that has the key. */
const byKey: Spread = (whole, route, request, options) => whole.portOf(keyOf(request)).ask(route, request, options)

/** One of them does as well as another. */
const toAny: Spread = (whole, route, request, options) => firstOf(whole).ask(route, request, options)

/** To those that have some of the keys. */
const byKeys: Spread = (whole, route, request, options) =>
  spreadBatch(whole, route, request as KeysRequest | SetManyRequest, readOnce(options))

const inOrder: Spread = (whole, route, request, options) => spreadList(whole, route, request as ListRequest, readOnce(options))

/** To the one that has all of the keys. */
const byOneForAll: Spread = (whole, route, request, options) => {
  const { keys } = request as TransactionRequest
  const [first = ""] = keys
  const at = whole.partitionOf(first)
  const other = keys.find((key) => whole.partitionOf(key) !== at)
  if (other !== undefined) throw apartError(first, other)
  return whole.portOf(first).ask(route, request, options)
}

/** To all of them; `join` makes one answer of theirs, which stand in the order of the partitions. */
function toAll<Answer>(join: (answers: readonly Answer[]) => unknown): Spread {
  return (whole, route, request, options) => {
    const read = readOnce(options)
    const asked = whole.partitions.map((port) => port.ask(route, request, read) as Promise<Answer>)
    return whole.unheardAfterEnd(Promise.all(asked).then(join))
  }
}

/** The calls that are about one key. */
type ByKey =
  | ("get" | "has" | "set" | "delete" | "entry" | "ttl" | "put" | "update" | "increment" | "touch" | "take" | "persist" | "getOrSet")
  | ("lease" | "renewLease" | "keepLease" | "leaseOf" | "breakLease")

const NOT_BY_KEY: Readonly<Record<Exclude<StoreCall, ByKey | "watch">, Spread>> = {
  transaction: byOneForAll,
  getMany: byKeys,
  entries: byKeys,
  setMany: byKeys,
  deleteMany: byKeys,
  list: inOrder,
  count: toAll<number>((counts) => counts.reduce((sum, count) => sum + count, 0)),
  matching: toAll<readonly string[]>((keys) => keys.flat()),
  statistics: toAll<StoreStatistics>(statisticsOfAll),
  info: toAny,
}

/** What is watched is asked of each partition for itself, and goes on there: `watch-strand.ts`. */
export function spreadOf(call: Exclude<StoreCall, "watch">): Spread {
  return call in NOT_BY_KEY ? NOT_BY_KEY[call as keyof typeof NOT_BY_KEY] : byKey
}

/** Of a request about one key: that is all of it, or it says so. */
export function keyOf(request: unknown): string {
  return typeof request === "string" ? request : (request as { readonly key: string }).key
}

/** What is said to several is read once. Throws `Invalid`. */
function readOnce(options: AskOptions | undefined): AskOptions | undefined {
  return options === undefined ? undefined : checkOptions(options, ["timeoutMs", "signal"])
}

function firstOf({ partitions }: PartitionedPort): MailboxPort {
  return partitions[0] as MailboxPort
}

function apartError(one: string, other: string): Invalid {
  const message = `keys must be of one partition, as they are changed in one step; ${shown(one)} and ${shown(other)} are of two: a tag, as in {order:7}:lines, keeps those that have it together`
  return new Invalid(message, { details: { field: "keys", keys: [one, other] } })
}
