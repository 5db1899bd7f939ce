/** Promises of values that are loaded where there is none. */

import { type Clause, clause } from "./clause.ts"
import { heard, holds, refused, same } from "./sameness.ts"

/** A load that ends when it is told to. */
function slowLoad(): { readonly load: () => Promise<number>; readonly end: (value: number) => void; readonly calls: () => number } {
  const { promise, resolve } = Promise.withResolvers<number>()
  let calls = 0
  const load = (): Promise<number> => {
    calls += 1
    return promise
  }
  return { load, end: resolve, calls: () => calls }
}

export const loading: readonly Clause[] = [
  clause(
    "getOrSet: loads where there is nothing, keeps it, and gives what is there",
    ["getOrSet", "ttl"],
    async ({ store, stage: { time } }) => {
      same(await store.getOrSet("a", async () => ({ n: 1 }), { ttl: 60 }), { n: 1 }, "what is loaded")
      same([await store.get("a"), await store.ttl("a")], [{ n: 1 }, 60], "what is kept")
      same(await store.getOrSet("a", () => ({ n: 2 })), { n: 1 }, "what is there already")
      await time.advance(60_000)
      same(await store.getOrSet("a", () => 3), 3, "what is loaded when its time is over")
    },
  ),

  clause("getOrSet: loads once for all who ask meanwhile", ["getOrSet"], async ({ store, acquire, stage: { time } }) => {
    const other = await acquire()
    const { load, end, calls } = slowLoad()
    const answers = Array.from({ length: 50 }, (_, place) => (place % 2 === 0 ? store : other).getOrSet("a", load))
    await time.settle()
    end(7)
    same(new Set(await Promise.all(answers)), new Set([7]), "the answers")
    same(calls(), 1, "how often it was loaded")
  }),

  clause("getOrSet: the store serves others while it is loaded", ["getOrSet"], async ({ store, stage: { time } }) => {
    const { load, end } = slowLoad()
    const answer = store.getOrSet("a", load)
    await time.settle()
    same([await store.set("b", 1), await store.get("b")], [true, 1], "set and get meanwhile")
    end(1)
    await answer
  }),

  clause("getOrSet: a load that fails fails its callers, keeps nothing, and is tried again", ["getOrSet"], async ({ store }) => {
    const mine = new Error("mine")
    const answers = Array.from({ length: 3 }, () => store.getOrSet("a", () => Promise.reject(mine)).catch((error: unknown) => error))
    for (const answer of await Promise.all(answers)) holds(answer === mine, "what the load throws should reach its caller as it is")
    same([await store.has("a"), await store.getOrSet("a", () => 1)], [false, 1], "has, and the next load")
  }),

  clause(
    "getOrSet: what is written meanwhile wins, and what is deleted meanwhile stays so",
    ["getOrSet"],
    async ({ store, stage: { time } }) => {
      const written = slowLoad()
      const first = store.getOrSet("a", written.load)
      await time.settle()
      await store.set("a", "written")
      written.end(1)
      same([await first, await store.get("a")], ["written", "written"], "after a write")
      const deleted = slowLoad()
      const second = store.getOrSet("b", deleted.load)
      await time.settle()
      await store.delete("b")
      deleted.end(2)
      same([await second, await store.has("b")], [2, false], "after a delete")
    },
  ),

  clause(
    "getOrSet: within staleFor the old value is given at once, while it is loaded anew",
    ["getOrSet"],
    async ({ store, stage: { time } }) => {
      const options = { ttl: 10, staleFor: 60 }
      await store.getOrSet("a", () => 1, options)
      await time.advance(20_000)
      const { load, end } = slowLoad()
      same(await store.getOrSet("a", load, options), 1, "the old value")
      await time.settle()
      end(2)
      await time.settle()
      same(await store.getOrSet("a", () => 3, options), 2, "the new value")
      same(await store.get("a"), 2, "get")
    },
  ),

  clause(
    "getOrSet: one who gives up leaves the load to the others; with the last it is aborted",
    ["getOrSet"],
    async ({ store, stage: { time } }) => {
      const seen: AbortSignal[] = []
      const { promise, resolve } = Promise.withResolvers<number>()
      const load = ({ signal }: { readonly signal: AbortSignal }): Promise<number> => {
        seen.push(signal)
        return promise
      }
      const hasty = store.getOrSet("a", load, { timeoutMs: 10 }).catch((error: { readonly kind?: string }) => error.kind)
      const patient = store.getOrSet("a", load, { timeoutMs: 1_000 }).catch((error: { readonly kind?: string }) => error.kind)
      await time.advance(10)
      same([await hasty, seen.some(({ aborted }) => aborted)], ["TIMEOUT", false], "who gave up, and the signal")
      await time.advance(990)
      same([await patient, seen.every(({ aborted }) => aborted)], ["TIMEOUT", true], "the last, and the signal")
      resolve(1)
    },
  ),

  clause(
    "getOrSet: whose mailbox is given back waits no more, and is loaded for no more, whatever was done of it",
    ["getOrSet"],
    async ({ store, acquire, stage: { time } }) => {
      for (const settle of [async () => {}, () => time.settle()]) {
        const leaving = await acquire()
        const { load, end } = slowLoad()
        const answer = leaving.getOrSet("a", load)
        const [told] = heard([answer])
        await settle()
        await leaving.release()
        await refused(told as Promise<unknown>, "CANCELED")
        end(1)
        await time.settle()
        same([await store.has("a"), await store.getOrSet("a", () => 2)], [false, 2], "has afterwards, and the next load")
        await store.delete("a")
      }
    },
  ),

  clause(
    "getOrSet: a load is told its key, and the old value that is given meanwhile",
    ["getOrSet"],
    async ({ store, stage: { time } }) => {
      const told: unknown[] = []
      const load = ({ key, stale }: { readonly key: string; readonly stale: unknown }) => ({ n: told.push([key, stale]) })
      const options = { ttl: 10, staleFor: 60 }
      same(await store.getOrSet("a", load, options), { n: 1 }, "what is loaded")
      await time.advance(20_000)
      same(await store.getOrSet("a", load, options), { n: 1 }, "the old value")
      await time.settle()
      same(
        told,
        [
          ["a", undefined],
          ["a", { n: 1 }],
        ],
        "what the loads were told",
      )
    },
  ),

  clause(
    "getOrSet: an old value is given for staleFor, though none can be loaded, by nothing else and no longer",
    ["getOrSet"],
    async ({ store, stage: { time } }) => {
      const options = { ttl: 10, staleFor: 60 }
      await store.getOrSet("a", () => 1, options)
      await time.advance(69_999)
      same([await store.get("a"), await store.has("a")], [undefined, false], "get and has beyond its time")
      const failing = () => Promise.reject(new Error("mine"))
      same(await store.getOrSet("a", failing, options), 1, "the old value")
      await time.settle()
      same(await store.getOrSet("a", failing, options), 1, "the old value, when a load has failed")
      await time.settle()
      await time.advance(1)
      same(await store.getOrSet("a", () => 2, options), 2, "what is loaded when staleFor is over")
    },
  ),

  clause(
    "getOrSet: a load that has failed is not tried again for failFor, unless somebody writes or deletes",
    ["getOrSet"],
    async ({ store, acquire, stage: { time } }) => {
      const mine = new Error("mine")
      const fail = (key: string) => store.getOrSet(key, () => Promise.reject(mine), { failFor: 5 }).catch((error: unknown) => error)
      let calls = 0
      const load = () => ++calls
      for (const key of ["a", "b", "c"]) holds((await fail(key)) === mine, "what the load throws should reach its caller as it is")
      await time.advance(4_999)
      const again: unknown = await store.getOrSet("a", load, { failFor: 5 }).catch((error: unknown) => error)
      holds(again === mine, "who asks again by the same mailbox should be told the same")
      await refused((await acquire()).getOrSet("a", load), "UNAVAILABLE")
      await store.set("b", "written")
      same([await store.getOrSet("b", load), calls], ["written", 0], "after a write, and how often it was loaded")
      await store.delete("c")
      same(await store.getOrSet("c", load), 1, "after a delete")
      await time.advance(1)
      same(await store.getOrSet("a", load), 2, "when failFor is over")
    },
  ),

  clause("getOrSet: who gives up by a signal is told so, and its load is aborted", ["getOrSet"], async ({ store, stage: { time } }) => {
    const controller = new AbortController()
    const [called, loaded] = [Promise.withResolvers<AbortSignal>(), Promise.withResolvers<number>()]
    const load = ({ signal }: { readonly signal: AbortSignal }): Promise<number> => {
      called.resolve(signal)
      return loaded.promise
    }
    const asked = heard([store.getOrSet("a", load, { signal: controller.signal })])
    // However long it takes until it is known that there is none.
    const signal = await called.promise
    controller.abort()
    await time.settle()
    same(signal.aborted, true, "whether the load was aborted")
    loaded.resolve(1)
    for (const answer of asked) await refused(answer, "CANCELED")
    await time.settle()
    same(await store.has("a"), false, "has")
  }),

  clause(
    "getOrSet: what is loaded lives as long as it is told to",
    ["getOrSet", "ttl", "idle", "jitter"],
    async ({ store, stage: { time } }) => {
      await store.getOrSet("a", () => 1, { idle: 10, ttl: 15 })
      await time.advance(8_000)
      same([await store.ttl("a"), await store.getOrSet("a", () => 2), await store.ttl("a")], [2, 1, 7], "ttl, a reading, and ttl then")
      await store.getOrSet("b", () => 1, { ttl: 100, jitter: 0.5 })
      const left = (await store.ttl("b")) ?? 0
      holds(left >= 50 && left <= 100, `it should end in the second half of its TTL; it has ${left} s left`)
    },
  ),

  clause("getOrSet: what is no key, no function, no option, or cannot be kept is Invalid", ["getOrSet"], async ({ store }) => {
    for (const key of ["", 1, null, "\ud800"] as readonly string[])
      await refused(
        store.getOrSet(key, () => 1),
        "INVALID",
        "key",
      )
    for (const load of [undefined, 1, {}]) await refused(store.getOrSet("a", load as never), "INVALID", "load")
    for (const name of ["ttl", "staleFor", "failFor"])
      await refused(
        store.getOrSet("a", () => 1, { [name]: -1 }),
        "INVALID",
        name,
      )
    await refused(
      store.getOrSet("a", () => () => {}),
      "INVALID",
    )
    same(await store.has("a"), false, "has")
  }),
]
