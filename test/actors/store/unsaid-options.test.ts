/** What somebody has put on the prototype of all objects was said by nobody: not to a store that is defined, nor to one that is asked. */

import { describe, expect, it } from "vitest"
import { start, store } from "../../../actors/index.ts"
import { withEverywhere } from "../../support/everywhere.ts"

/** Each would be refused, or change what comes. */
const OF_A_REQUEST = {
  ttl: 1e-3,
  idle: 1e-3,
  jitter: 2,
  keepTtl: true,
  bound: true,
  onlyIfAbsent: true,
  ifVersion: "x",
  when: "xx",
  prefix: "z",
  after: "b",
  limit: 1,
  staleFor: -1,
  failFor: -1,
  timeoutMs: -1,
  signal: AbortSignal.abort(),
  wait: "yes",
  from: "x",
  room: -1,
  initial: true,
}
const OF_A_STORE = { maxEntries: 1, maxBytes: 1, weigh: 1, whenFull: "no", ordered: 1, partitions: 7, history: -1, snapshot: {}, value: 1 }

describe("a store, with something on the prototype of all objects", () => {
  it.each([{}, { partitions: 2 }])("does as it is told, and nothing else: %j", async (options) => {
    const seen = await withEverywhere({ ...OF_A_REQUEST, ...OF_A_STORE }, async () => {
      await using runtime = await start({ "app:cache": store<number>(options) }, { log: () => {} })
      const cache = await runtime.acquire("app:cache")
      const watch = cache.watch({ key: "a" })
      await cache.set("a", 1, {})
      await cache.put("a", 2, {})
      await cache.update("a", () => 3, {})
      await cache.increment("a", 1, {})
      await cache.setMany(
        [
          ["b", 1],
          ["c", 1, {}],
        ],
        {},
      )
      await cache.transaction(["c"], (tx) => tx.set("c", 2, {}))
      await cache.getOrSet("d", () => 1, {})
      await cache.touch("d", 9, {})
      const lease = await cache.lease("a", {})
      const { items } = await cache.list({})
      const keys = []
      for await (const key of cache.keys({})) keys.push(key)
      const left = await Promise.all(["a", "b", "c", "d"].map((key) => cache.ttl(key)))
      const changes = []
      for (let n = 0; n < 4; n += 1) changes.push((await watch.next()).value)
      return { isHeld: lease.isHeld, items, keys, left, changes }
    })
    expect(seen).toMatchObject({ isHeld: true, keys: ["a", "b", "c", "d"], left: [Infinity, Infinity, Infinity, expect.any(Number)] })
    expect(seen.items.map(({ key }) => key)).toEqual(seen.keys)
    expect(seen.changes).toMatchObject([1, 2, 3, 4].map((value) => ({ type: "set", value })))
  })
})
