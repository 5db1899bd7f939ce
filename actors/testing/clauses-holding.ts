/** Promises of entries that are bound to whoever wrote them. */

import { type Clause, clause } from "./clause.ts"
import { refused, same } from "./sameness.ts"

export const holding: readonly Clause[] = [
  clause("bound: an entry goes with the mailbox that holds it, and others stay", ["bound"], async ({ store, acquire }) => {
    const holder = await acquire()
    await holder.set("bound", 1, { bound: true })
    await holder.set("free", 1)
    same(await store.get("bound"), 1, "get while it is held")
    await holder.release()
    same([await store.has("bound"), await store.has("free")], [false, true], "has once it was given back")
  }),

  clause("bound: with several holders it goes with the last", ["bound"], async ({ store, acquire }) => {
    const [one, other] = [await acquire(), await acquire()]
    await one.set("a", 1, { bound: true })
    await other.set("a", 2, { bound: true })
    await one.release()
    same(await store.get("a"), 2, "get while one is left")
    await other.release()
    same(await store.has("a"), false, "has when all have left")
  }),

  clause("bound: what put has written goes with the mailbox, too", ["put", "bound"], async ({ store, acquire }) => {
    const holder = await acquire()
    await refused(holder.put("a", 1, { bound: 1 as never }), "INVALID", "bound")
    await holder.put("a", 1, { bound: true })
    await holder.release()
    same(await store.has("a"), false, "has once it was given back")
  }),

  clause("bound: a write that does not say so lets it live on", ["put", "bound"], async ({ store, acquire }) => {
    const holder = await acquire()
    await holder.set("a", 1, { bound: true })
    await holder.put("b", 1, { bound: true })
    await store.set("a", 2)
    await store.put("b", 2)
    await holder.release()
    same([await store.get("a"), await store.get("b")], [2, 2], "get afterwards")
  }),

  clause(
    "bound: an update, a count or another TTL leaves it as it is",
    ["update", "increment", "touch", "persist", "bound"],
    async ({ store, acquire }) => {
      const holder = await acquire()
      for (const key of ["a", "b", "c", "d"]) await holder.set(key, 1, { bound: true, ttl: 60 })
      await store.update("a", () => 2)
      await store.increment("b")
      await store.touch("c", 600)
      await store.persist("d")
      await holder.release()
      same(
        [await store.has("a"), await store.has("b"), await store.has("c"), await store.has("d")],
        [false, false, false, false],
        "has afterwards",
      )
    },
  ),

  clause("bound: many at once, and in a transaction", ["setMany", "getMany", "transaction", "bound"], async ({ store, acquire }) => {
    const holder = await acquire()
    await holder.setMany(
      [
        ["a", 1],
        ["b", 1, { bound: false }],
      ],
      { bound: true },
    )
    await holder.transaction(["c"], (tx) => tx.set("c", 1, { bound: true }))
    same(await store.getMany(["a", "b", "c"]), [1, 1, 1], "while they are held")
    await holder.release()
    same(await store.getMany(["a", "b", "c"]), [undefined, 1, undefined], "afterwards")
  }),

  clause(
    "bound: what a transaction deletes, or writes for nobody, and then binds, is held by itself alone",
    ["transaction", "bound"],
    async ({ store, acquire }) => {
      for (const key of ["deleted", "free", "kept"]) await store.set(key, 1, { bound: true })
      const holder = await acquire()
      await holder.transaction(["deleted"], (tx) => [tx.delete("deleted"), tx.set("deleted", 2, { bound: true })].length)
      await holder.transaction(["free"], (tx) => [tx.set("free", 2), tx.set("free", 3, { bound: true })].length)
      await holder.transaction(["kept"], (tx) => tx.set("kept", 2, { bound: true }))
      await holder.release()
      same([await store.has("deleted"), await store.has("free"), await store.get("kept")], [false, false, 2], "what is there")
    },
  ),

  clause(
    "bound: a TTL ends it, too, and what is set again by nobody's binding stays",
    ["bound"],
    async ({ store, acquire, stage: { time } }) => {
      const holder = await acquire()
      await holder.set("a", 1, { bound: true, ttl: 1 })
      await time.advance(1_000)
      same(await store.has("a"), false, "has at its end")
      await store.set("a", 2)
      await holder.release()
      same(await store.get("a"), 2, "get after the former holder has left")
    },
  ),

  clause("bound: what was given back and is gone can be set again at once", ["bound"], async ({ store, acquire }) => {
    const holder = await acquire()
    await holder.set("a", 1, { bound: true })
    await holder.release()
    same(await store.set("a", 2), true, "set")
    same(await store.get("a"), 2, "get")
  }),
]
