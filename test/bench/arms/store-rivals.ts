/** Reads of entries with a TTL, in random order: of our store, in each of its ways, and of what holds them in the caller's own thread. */

import { LRUCache } from "lru-cache"
import NodeCache from "node-cache"
import { type StoreMailbox, start, store } from "../../../actors/index.ts"
import { inParallel } from "../callers.ts"
import { randomIndexes } from "../random.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"
import { SESSION_TTL, sessionKeys } from "../session.ts"

export type Reading = "getMany" | "get" | "get, 100 callers" | "getOrSet" | "map" | "map, 100 callers" | "lru-cache" | "node-cache"

const { entries, reading, ...sampling } = parameters<Sampling & { entries: number; reading: Reading }>()

const AT_ONCE = 100
const CALLERS = 100

const keys = sessionKeys(entries)
const order = randomIndexes(sampling.operations, entries)
const keyAt = (i: number): string => keys[order[i] as number] as string

/** Reads so many from there on, and gives how many were right. */
type Read = (from: number, count: number) => Promise<number>

async function filledStore(): Promise<StoreMailbox<number>> {
  const runtime = await start({ "app:store": store<number>({ maxEntries: 0 }) }, { log: () => {} })
  const mailbox = await runtime.acquire("app:store")
  for (let from = 0; from < entries; from += 1000) {
    const part = keys.slice(from, from + 1000)
    await mailbox.setMany(
      part.map((key, i) => [key, from + i] as const),
      { ttl: SESSION_TTL },
    )
  }
  return mailbox
}

/** One after the other, each awaited. */
function awaited(get: (key: string) => PromiseLike<unknown> | unknown): Read {
  return async (from, count) => {
    let right = 0
    for (let i = from; i < from + count; i += 1) if ((await get(keyAt(i))) === order[i]) right += 1
    return right
  }
}

function direct(get: (key: string) => unknown): Read {
  return async (from, count) => {
    let right = 0
    for (let i = from; i < from + count; i += 1) if (get(keyAt(i)) === order[i]) right += 1
    return right
  }
}

function byHundreds(mailbox: StoreMailbox<number>): Read {
  return async (from, count) => {
    let right = 0
    for (let start = from; start < from + count; start += AT_ONCE) {
      const asked: string[] = []
      for (let i = start; i < Math.min(start + AT_ONCE, from + count); i += 1) asked.push(keyAt(i))
      const values = await mailbox.getMany(asked)
      for (let i = 0; i < values.length; i += 1) if (values[i] === order[start + i]) right += 1
    }
    return right
  }
}

function ofMap(): Read {
  const map = new Map(keys.map((key, n) => [key, n]))
  return awaited((key) => map.get(key))
}

function ofLruCache(): Read {
  const cache = new LRUCache<string, number>({ max: entries, ttl: SESSION_TTL * 1000 })
  for (const [n, key] of keys.entries()) cache.set(key, n)
  return direct((key) => cache.get(key))
}

function ofNodeCache(): Read {
  const cache = new NodeCache({ stdTTL: SESSION_TTL, useClones: false, checkperiod: 0 })
  for (const [n, key] of keys.entries()) cache.set(key, n)
  return direct((key) => cache.get(key))
}

async function ofGet(): Promise<Read> {
  const mailbox = await filledStore()
  return awaited((key) => mailbox.get(key))
}

async function ofGetOrSet(): Promise<Read> {
  const mailbox = await filledStore()
  const load = (): number => -1
  return awaited((key) => mailbox.getOrSet(key, load, { ttl: SESSION_TTL }))
}

const READINGS: Record<Reading, () => Promise<Read> | Read> = {
  getMany: async () => byHundreds(await filledStore()),
  get: ofGet,
  "get, 100 callers": ofGet,
  getOrSet: ofGetOrSet,
  map: ofMap,
  "map, 100 callers": ofMap,
  "lru-cache": ofLruCache,
  "node-cache": ofNodeCache,
}

const read = await READINGS[reading]()
const callers = reading.endsWith("100 callers") ? CALLERS : 1
report(await sample("ns a get", sampling, (operations) => inParallel(callers, operations, read)))
