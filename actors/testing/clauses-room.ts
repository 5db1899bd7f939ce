/** Promises of a store that is full. What it is to let go ends some time: there are stores that let nothing else go. Of one with partitions each may be full by itself, so nothing is said of which key is the first to be refused. */

import { type Clause, clause, type Trial } from "./clause.ts"
import { holds, refused, same } from "./sameness.ts"
import type { WholeStore } from "./tested-store.ts"

const MOST = 12
const FULL = { maxEntries: MOST }

/** Fills it; gives the keys that it has taken, and one that it has not. */
async function fill(store: WholeStore): Promise<{ readonly keys: readonly string[]; readonly over: string }> {
  const keys: string[] = []
  for (let place = 0; place <= 4 * MOST; place += 1) {
    const key = `k${place}`
    if (!(await isTaken(store, key))) return { keys, over: key }
    keys.push(key)
  }
  throw new Error(`a store of at most ${MOST} entries took ${keys.length}`)
}

const isTaken = (store: WholeStore, key: string): Promise<boolean> =>
  store.set(key, 1).catch((error: { readonly kind?: string }) => {
    same(error.kind, "UNAVAILABLE", "the refusal of a full store")
    return false
  })

async function there(store: WholeStore, keys: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const key of keys) if (await store.has(key)) found.push(key)
  return found
}

const refusing = (name: string, needs: Clause["needs"], check: (trial: Trial) => Promise<void>): Clause =>
  clause(name, ["limits", "refuses", ...needs], check, FULL)

const evicting = (name: string, needs: Clause["needs"], check: (trial: Trial) => Promise<void>): Clause =>
  clause(name, ["limits", "evicts", ...needs], check, FULL)

export const room: readonly Clause[] = [
  refusing("full: a new key is Unavailable, retryable, and nothing else has changed", [], async ({ store }) => {
    const { keys, over } = await fill(store)
    holds(keys.length <= MOST, `it should take no more than ${MOST}; it took ${keys.length}`)
    const { retryable } = await refused(store.set(over, 1), "UNAVAILABLE")
    same(retryable, true, "whether it is retryable")
    same(await there(store, [...keys, over]), keys, "what is there")
  }),

  refusing(
    "full: each operation that would make an entry is refused, and the store lives on",
    ["put", "update", "increment", "setMany", "transaction"],
    async ({ store }) => {
      const { keys, over } = await fill(store)
      await refused(store.put(over, 1), "UNAVAILABLE")
      await refused(
        store.update(over, () => 1),
        "UNAVAILABLE",
      )
      await refused(store.increment(over), "UNAVAILABLE")
      await refused(store.setMany([[over, 1]]), "UNAVAILABLE")
      await refused(
        store.transaction([over], (tx) => tx.set(over, 1)),
        "UNAVAILABLE",
      )
      same(await there(store, [...keys, over]), keys, "what is there")
    },
  ),

  refusing("full: what is there can be written again", ["put", "update"], async ({ store }) => {
    const {
      keys: [key = ""],
    } = await fill(store)
    same(await store.set(key, 2), true, "set")
    same((await store.put(key, 3)).value, 3, "put")
    same((await store.update(key, () => 4))?.value, 4, "update")
  }),

  refusing("full: what is deleted, over or given back leaves its room", ["bound"], async ({ store, acquire, stage: { time } }) => {
    const {
      keys: [key = ""],
      over,
    } = await fill(store)
    const holder = await acquire()
    await holder.set(key, 1, { bound: true })
    await holder.release()
    same(await store.set(key, 1, 1), true, "set after the holder has left")
    await time.advance(1_000)
    same(await store.set(key, 1), true, "set after it was over")
    await refused(store.set(over, 1), "UNAVAILABLE")
    await store.delete(key)
    same(await store.set(key, 1), true, "set after delete")
  }),

  refusing(
    "full: setMany that has no room for all writes none, where it is one whole",
    ["setMany", "count", "whole"],
    async ({ store }) => {
      await store.set("a", 1)
      await refused(store.setMany(Array.from({ length: MOST }, (_, place) => [`k${place}`, 1] as const)), "UNAVAILABLE")
      same(await store.count(), 1, "count")
      same(
        (await store.setMany(Array.from({ length: MOST - 1 }, (_, place) => [`k${place}`, 1] as const))).length,
        MOST - 1,
        "setMany that fits",
      )
    },
  ),

  refusing(
    "full: a transaction that has no room for all of it changes nothing, and one that makes its room is carried out",
    ["transaction", "whole"],
    async ({ store }) => {
      const { keys, over } = await fill(store)
      const [first = "", second = ""] = keys
      await refused(
        store.transaction([first, over, "x"], (tx) => [tx.delete(first), tx.set(over, 1), tx.set("x", 1)].length),
        "UNAVAILABLE",
      )
      same(await there(store, [...keys, over, "x"]), keys, "what is there")
      await store.transaction([over, first, second], (tx) => [tx.set(over, 1), tx.delete(first), tx.set(second, 2)].length)
      same([await store.get(over), await store.has(first), await store.get(second)], [1, false, 2], "what is there then")
    },
  ),

  evicting("full: it takes every new key, and never holds more than it may", ["count"], async ({ store }) => {
    for (let place = 0; place < 20 * MOST; place += 1) {
      same(await store.set(`k${place}`, place, 60), true, "set")
      same(await store.get(`k${place}`), place, "get of what was just set")
      if (place % 10 === 0) holds((await store.count()) <= MOST, `it should hold no more than ${MOST}`)
    }
  }),

  evicting("full: what is over goes first", ["count"], async ({ store, stage: { time } }) => {
    for (let place = 0; place < MOST / 2; place += 1) await store.set(`stays${place}`, 1)
    await store.set("over", 1, 1)
    await time.advance(1_000)
    const kept = await store.count()
    await store.set("new", 1)
    same(await store.count(), kept + 1, "count once it took the place of what was over")
  }),

  evicting("full: what is bound is never let go", ["bound"], async ({ store, acquire }) => {
    const holder = await acquire()
    await holder.set("held", 1, { bound: true })
    for (let place = 0; place < 20 * MOST; place += 1) await store.set(`k${place}`, 1, 60).catch(() => {})
    same(await store.get("held"), 1, "get of what is held")
  }),

  evicting("full: setMany for all of which too little may go writes none", ["setMany", "count", "whole"], async ({ acquire }) => {
    const holder = await acquire()
    const numbered = (name: string, size: number) => Array.from({ length: size }, (_, place) => [`${name}${place}`, 1] as const)
    for (const [key] of numbered("goes", MOST)) await holder.set(key, 1, 60)
    await holder.setMany(numbered("held", MOST - 2), { ttl: 60, bound: true })
    const kept = await holder.count()
    await refused(holder.setMany(numbered("more", 3), { ttl: 60, bound: true }), "UNAVAILABLE")
    same([await holder.count(), await there(holder, ["more0", "more1", "more2"])], [kept, []], "count, and what is there of it")
    same(await holder.setMany(numbered("more", 2), { ttl: 60, bound: true }), [true, true], "setMany that fits")
    same(await holder.count(), MOST, "count of what is held")
  }),

  evicting("full: to write what is there again lets nobody go", [], async ({ store }) => {
    for (let place = 0; place < 4 * MOST; place += 1) await store.set(`k${place}`, 1, 60)
    const all = Array.from({ length: 4 * MOST }, (_, place) => `k${place}`)
    const kept = await there(store, all)
    for (const key of kept) await store.set(key, 2, 60)
    same(await there(store, all), kept, "what is there")
  }),
]
