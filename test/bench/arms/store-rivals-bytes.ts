/**
 * What an entry with a TTL takes on the heap and in the buffers, beyond its key and its value: the keys exist before, and the values are small
 * whole numbers, which take nothing. The empty store is there before, too.
 */

import { LRUCache } from "lru-cache"
import { type StoreMailbox, type StoreOptions, start, store } from "../../../actors/index.ts"
import { heapBytes } from "../heap-bytes.ts"
import { parameters, report } from "../report.ts"
import { SESSION_TTL, sessionKeys } from "../session.ts"

export type BytesHolder = "store" | "ordered" | "adaptive" | "sliding" | "weighed" | "bound" | "lru-cache"

const { entries, holder } = parameters<{ entries: number; holder: BytesHolder }>()

/** As many as an inbox takes with ease. */
const AT_ONCE = 1000

interface Kept {
  /** Sets every key, and gives how many are there then. */
  fill(keys: readonly string[]): Promise<number>
  end(): Promise<void>
}

type Write = (into: StoreMailbox<number>, key: string, n: number) => Promise<unknown>

async function ofStore(options: StoreOptions<number>, write: Write): Promise<Kept> {
  const runtime = await start({ "app:store": store<number>(options) }, { log: () => {} })
  const mailbox = await runtime.acquire("app:store")
  return {
    fill: async (keys) => {
      for (let from = 0; from < keys.length; from += AT_ONCE)
        await Promise.all(keys.slice(from, from + AT_ONCE).map((key, i) => write(mailbox, key, from + i)))
      return (await mailbox.statistics()).entries
    },
    end: () => runtime.stop(),
  }
}

const plainly: Write = (into, key, n) => into.set(key, n, SESSION_TTL)

async function ofLruCache(): Promise<Kept> {
  let cache: LRUCache<string, number> | undefined
  return {
    fill: async (keys) => {
      // It takes all its room when it is made.
      cache ??= new LRUCache({ max: entries, ttl: SESSION_TTL * 1000 })
      for (const [n, key] of keys.entries()) cache.set(key, n)
      return cache.size
    },
    end: async () => {},
  }
}

const HOLDERS: Record<BytesHolder, () => Promise<Kept>> = {
  store: () => ofStore({ maxEntries: 0 }, plainly),
  ordered: () => ofStore({ maxEntries: 0, ordered: true }, plainly),
  adaptive: () => ofStore({ maxEntries: entries, whenFull: "adaptive" }, plainly),
  sliding: () => ofStore({ maxEntries: 0 }, (into, key, n) => into.set(key, n, { ttl: SESSION_TTL, idle: 60 })),
  weighed: () => ofStore({ maxEntries: 0, maxBytes: 2 ** 40 }, plainly),
  bound: () => ofStore({ maxEntries: 0 }, (into, key, n) => into.set(key, n, { ttl: SESSION_TTL, bound: true })),
  "lru-cache": ofLruCache,
}

const keys = sessionKeys(entries)

/** Once in vain: what the first entries bring into being, compiled code above all, is not what an entry takes. */
async function warmUp(): Promise<void> {
  const kept = await HOLDERS[holder]()
  await kept.fill(keys.slice(0, 100_000))
  await kept.end()
}

await warmUp()
const kept = await HOLDERS[holder]()
const before = await heapBytes()
const completed = await kept.fill(keys)
const after = await heapBytes()
// Asked again, so that nothing of it can have been collected before.
const last = await kept.fill(keys.slice(0, 1))
report({ expected: entries, completed: Math.min(completed, last), figures: { "bytes an entry": [(after - before) / entries] } })
await kept.end()
