/** Promises of watches. */

import { type Clause, clause } from "./clause.ts"
import { holds, refused, same } from "./sameness.ts"
import type { WholeStore } from "./tested-store.ts"

interface Told {
  readonly type: string
  readonly key: string | undefined
  readonly value: unknown
}

/** The next so many events of a watch. */
async function next(watch: AsyncIterator<Told, unknown>, count: number): Promise<unknown[]> {
  const events: unknown[] = []
  while (events.length < count) {
    const { done, value } = await watch.next()
    if (done === true) return [...events, "end"]
    const { type, key, value: told } = value as Told
    events.push([type, key, told])
  }
  return events
}

const watched = (store: WholeStore, options: Parameters<WholeStore["watch"]>[0]): AsyncIterator<Told, unknown> =>
  store.watch(options)[Symbol.asyncIterator]() as AsyncIterator<Told, unknown>

export const watching: readonly Clause[] = [
  clause(
    "watch: tells each change of a key once, in order, from the call on",
    ["watch", "put", "update", "increment", "take"],
    async ({ store, acquire, stage: { time } }) => {
      const other = await acquire()
      await store.set("a", 0)
      const watch = watched(store, { key: "a" })
      await other.set("b", 1)
      await other.set("a", 1)
      await other.put("a", { n: 2 })
      await other.update("a", () => 3)
      await other.increment("a")
      await other.take("a")
      await other.set("a", 5, 1)
      await time.advance(2_000)
      await other.set("a", 6)
      await other.delete("a")
      const expected = [
        ["set", 1],
        ["set", { n: 2 }],
        ["set", 3],
        ["set", 4],
        ["delete", undefined],
        ["set", 5],
        ["expire", undefined],
        ["set", 6],
        ["delete", undefined],
      ]
      same(
        await next(watch, expected.length),
        expected.map(([type, value]) => [type, "a", value]),
        "the events",
      )
      await watch.return?.()
    },
  ),

  clause("watch: tells nothing of what changes nothing", ["watch", "put", "update", "touch"], async ({ store }) => {
    await store.set("a", 1)
    const watch = watched(store, { prefix: "" })
    await store.get("a")
    await store.has("a")
    await store.delete("x")
    await store.touch("a", 60)
    await refused(store.put("a", 2, { onlyIfAbsent: true }), "ALREADY_EXISTS")
    await refused(store.put("a", 2, { ifVersion: "x" }), "CONFLICT")
    await store.update("x", () => undefined)
    await store.set("end", 1)
    same(await next(watch, 1), [["set", "end", 1]], "the first event")
    await watch.return?.()
  }),

  clause(
    "watch: a prefix tells of all keys that begin with it, and with `initial` what is there first",
    ["watch", "setMany", "deleteMany"],
    async ({ store }) => {
      await store.setMany([
        ["p:a", 1],
        ["p:b", 2],
        ["q", 3],
      ])
      const watch = watched(store, { prefix: "p:", initial: true })
      const first = (await next(watch, 2)) as [string, string, number][]
      same(
        [...first].sort(([, one], [, other]) => (one < other ? -1 : 1)),
        [
          ["set", "p:a", 1],
          ["set", "p:b", 2],
        ],
        "what is there",
      )
      await store.set("q", 4)
      await store.deleteMany(["q", "p:b"])
      await store.set("p:c", 5)
      const then = (await next(watch, 2)) as [string, string, unknown][]
      same(
        [...then].sort(([, one], [, other]) => (one < other ? -1 : 1)),
        [
          ["delete", "p:b", undefined],
          ["set", "p:c", 5],
        ],
        "what has happened",
      )
      await watch.return?.()
    },
  ),

  clause(
    "watch: a transaction is told key by key, once it is done, and not where it is not",
    ["watch", "transaction", "whole"],
    async ({ store }) => {
      const watch = watched(store, { prefix: "" })
      const failing = store.transaction(["a", "b"], (tx) => {
        tx.set("a", 1)
        throw new Error("no")
      })
      await failing.catch(() => {})
      await store.transaction(["a", "b"], (tx) => [tx.set("a", 1), tx.set("a", 2), tx.set("b", 3)].length)
      const events = (await next(watch, 2)) as [string, string, unknown][]
      same(
        [...events].sort(([, one], [, other]) => (one < other ? -1 : 1)),
        [
          ["set", "a", 2],
          ["set", "b", 3],
        ],
        "the events",
      )
      await watch.return?.()
    },
  ),

  clause("watch: says of each change its version, which rises, and by what it came", ["watch", "put", "entry"], async ({ store }) => {
    const watch = store.watch({ key: "a" })
    const versions: (string | undefined)[] = []
    for (const value of [1, 2]) {
      await store.set("a", value)
      versions.push((await store.entry("a"))?.version)
    }
    versions.push((await store.put("a", 3)).version)
    await store.delete("a")
    const told: { readonly version: string; readonly cause: string }[] = []
    while (told.length < 4) told.push((await watch.next()).value as (typeof told)[number])
    same(
      told.slice(0, 3).map(({ version }) => version),
      versions,
      "the versions told",
    )
    holds((told[3]?.version ?? "") > (told[2]?.version ?? ""), "the version of a removal should be greater than that of what is removed")
    same(
      told.map(({ cause }) => cause),
      ["set", "set", "put", "delete"],
      "the causes",
    )
    await watch.return?.()
  }),

  clause(
    "watch: calls what wrote or removed an entry the same in every store",
    ["watch", "put", "update", "increment", "take", "getOrSet", "setMany", "deleteMany", "clear", "transaction"],
    async ({ store }) => {
      const causes: readonly (readonly [cause: string, change: () => Promise<unknown>])[] = [
        ["set", () => store.setMany([["a", 1]])],
        ["put", () => store.put("a", 2)],
        ["update", () => store.update("a", () => 3)],
        ["increment", () => store.increment("a")],
        ["take", () => store.take("a")],
        ["load", () => store.getOrSet("a", () => 5)],
        ["update", () => store.update("a", () => undefined)],
        ["transaction", () => store.transaction(["a"], (tx) => tx.set("a", 6))],
        ["transaction", () => store.transaction(["a"], (tx) => tx.delete("a"))],
        ["set", () => store.set("a", 7)],
        ["delete", () => store.deleteMany(["a"])],
        ["set", () => store.set("a", 8)],
        ["clear", () => store.clear()],
      ]
      const watch = store.watch({ key: "a" })
      for (const [cause, change] of causes) {
        await change()
        same((await watch.next()).value?.cause, cause, "the cause")
      }
      await watch.return?.()
    },
  ),

  clause("watch: goes on behind a version, or says that not all can be told", ["watch", "put"], async ({ store }) => {
    const before = watched(store, { key: "a" })
    const { version } = await store.put("a", 1)
    await store.set("a", 2)
    await store.delete("a")
    await next(before, 3)
    const watch = watched(store, { key: "a", from: version })
    await store.set("a", 3)
    const [first] = (await next(watch, 1)) as [string, ...unknown[]][]
    const isBroken = first?.[0] === "gap" || first?.[0] === "reset"
    const since = [
      ["set", "a", 2],
      ["delete", "a", undefined],
      ["set", "a", 3],
    ]
    if (!isBroken) same(first, since[0], "what is told first")
    same(await next(watch, isBroken ? 1 : 2), since.slice(isBroken ? 2 : 1), "what is told then")
    for (const one of [before, watch]) await one.return?.()
  }),

  clause("watch: who does not keep up is told so once, and of what comes then", ["watch"], async ({ store }) => {
    const watch = watched(store, { key: "a", room: 2 })
    for (let value = 0; value < 10; value += 1) await store.set("a", value)
    const told: unknown[] = []
    for (let [event] = await next(watch, 1); ; [event] = await next(watch, 1)) {
      if (Array.isArray(event) && event[0] === "gap") break
      same(event, ["set", "a", told.length], "what is told before the gap")
      told.push(event)
      holds(told.length < 10, "a watch with room for 2 changes should not keep 10")
    }
    await store.set("a", "later")
    same(await next(watch, 1), [["set", "a", "later"]], "what is told behind the gap")
    await watch.return?.()
    same(await next(watch, 1), ["end"], "what is told once its loop was left")
  }),

  clause("watch: ends with the mailbox, and with its loop", ["watch"], async ({ store, acquire }) => {
    const other = await acquire()
    const watch = watched(other, { key: "a" })
    await store.set("a", 1)
    same(await next(watch, 1), [["set", "a", 1]], "the event")
    const waiting = next(watch, 1)
    await other.release()
    same(await waiting, ["end"], "what is next when the mailbox was given back")
    await refused(watched(other, { key: "a" }).next(), "INVALID")
  }),

  clause("watch: what is no key, no prefix or both is Invalid", ["watch"], async ({ store }) => {
    for (const options of [
      undefined,
      {},
      { key: "" },
      { key: 1 },
      { key: "a", prefix: "a" },
      { prefix: "\ud800" },
      { key: "a", room: 0 },
    ]) {
      await refused(
        Promise.resolve().then(() => store.watch(options as never)),
        "INVALID",
      )
    }
  }),

  clause(
    "watch: after a crash it tells so, where not all is as it was, and goes on",
    ["watch", "crash"],
    async ({ store, crash, stage }) => {
      const watch = watched(store, { key: "a" })
      await store.set("a", 1)
      same(await next(watch, 1), [["set", "a", 1]], "the event before")
      await crash()
      await store.set("a", 2)
      const reset = ["reset", undefined, undefined]
      const [first] = await next(watch, 1)
      const isReset = JSON.stringify(first) === JSON.stringify(reset)
      // What is kept may be told on, or told as begun anew.
      if (stage.isKept !== true) same(first, reset, "the first event after a crash")
      same(isReset ? (await next(watch, 1))[0] : first, ["set", "a", 2], "what has happened since")
      await watch.return?.()
    },
  ),
]
