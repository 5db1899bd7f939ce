/** Promises of permissions: each operation is judged for each key that it reads or changes, and what is denied changes nothing. */

import type { Policy } from "../../src/index.ts"
import { type Clause, clause } from "./clause.ts"
import { heard, refused, same } from "./sameness.ts"
import type { WholeStore } from "./tested-store.ts"

const keyBegins = (value: string) => [{ field: "attributes.key", operator: "matches", value: `^${value}` }] as const
const isGuest = { field: "principal.id", operator: "eq", value: "guest" } as const
const isReader = { field: "principal.id", operator: "eq", value: "reader" } as const

/** `all` may do everything, `guest` what is about keys that begin with "mine", `reader` gets and has them. */
const policies: readonly Policy[] = [
  { effect: "allow", actions: "*", resources: "*", conditions: [{ field: "principal.id", operator: "eq", value: "all" }] },
  { effect: "allow", actions: "store.get", resources: "*" },
  { effect: "allow", actions: "store.key.*", resources: "*", conditions: [isGuest, ...keyBegins("mine")] },
  {
    effect: "allow",
    actions: ["store.key.list", "store.key.watch"],
    resources: "*",
    conditions: [isGuest, { field: "attributes.prefix", operator: "matches", value: "^mine" }],
  },
  { effect: "allow", actions: ["store.key.get", "store.key.has"], resources: "*", conditions: [isReader, ...keyBegins("mine")] },
]

const judged = (name: string, needs: Clause["needs"], check: Clause["check"]): Clause =>
  clause(name, ["policies", ...needs], check, { policies })

const denied = (answer: Promise<unknown>): Promise<unknown> => refused(answer, "PERMISSION_DENIED")

/** Does something with a key. */
type Use = (store: WholeStore, key: string) => Promise<unknown>

async function isJudged(uses: readonly Use[], { store, acquire }: Parameters<Clause["check"]>[0]): Promise<void> {
  const guest = await acquire("guest")
  await store.set("theirs", 1)
  for (const use of uses) {
    await store.set("mine", 1)
    await use(guest, "mine")
    await denied(use(guest, "theirs"))
    same(await store.get("theirs"), 1, "what is another's")
  }
}

export const permissions: readonly Clause[] = [
  judged("permissions: the operations of every day are judged by their key", [], (trial) =>
    isJudged(
      [
        (store, key) => store.get(key),
        (store, key) => store.set(key, 2),
        (store, key) => store.has(key),
        (store, key) => store.delete(key),
      ],
      trial,
    ),
  ),

  judged(
    "permissions: each other operation is judged by its key",
    ["entry", "put", "update", "increment", "take", "ttl", "touch", "persist", "transaction"],
    (trial) =>
      isJudged(
        [
          (store, key) => store.entry(key),
          (store, key) => store.put(key, 2),
          (store, key) => store.update(key, () => 2),
          (store, key) => store.increment(key),
          (store, key) => store.ttl(key),
          (store, key) => store.touch(key, 60),
          (store, key) => store.persist(key),
          (store, key) => store.take(key),
          (store, key) => store.transaction([key], (tx) => tx.set(key, 2)),
        ],
        trial,
      ),
  ),

  judged(
    "permissions: many keys are judged each, and one that is denied denies all",
    ["getMany", "setMany", "deleteMany"],
    async ({ store, acquire }) => {
      const guest = await acquire("guest")
      await store.set("theirs", 1)
      await store.set("mine:1", 1)
      same(await guest.getMany(["mine:1", "mine:2"]), [1, undefined], "getMany of one's own")
      await denied(guest.getMany(["mine:1", "theirs"]))
      await denied(
        guest.setMany([
          ["mine:2", 2],
          ["theirs", 2],
        ]),
      )
      await denied(guest.deleteMany(["mine:1", "theirs"]))
      same(await store.getMany(["mine:1", "mine:2", "theirs"]), [1, undefined, 1], "what is there")
    },
  ),

  judged("permissions: a transaction is judged for each key that it names", ["transaction", "whole"], async ({ store, acquire }) => {
    const guest = await acquire("guest")
    await denied(guest.transaction(["mine", "theirs"], (tx) => tx.set("mine", 2)))
    same(await store.has("mine"), false, "has")
    await guest.transaction(["mine"], (tx) => tx.set("mine", 2))
    same(await store.get("mine"), 2, "get")
  }),

  judged(
    "permissions: what reads and writes needs both, and a function that may not be is not called",
    ["update", "increment", "take", "put", "touch", "transaction"],
    async ({ store, acquire }) => {
      const reader = await acquire("reader")
      await store.set("mine", 1)
      same(await reader.get("mine"), 1, "get by who may read")
      let calls = 0
      const count = (): number => {
        calls += 1
        return 2
      }
      await denied(reader.update("mine", count))
      await denied(reader.transaction(["mine"], count))
      for (const answer of heard([
        reader.increment("mine"),
        reader.take("mine"),
        reader.put("mine", 2),
        reader.touch("mine", 5),
        reader.delete("mine"),
      ]))
        await denied(answer)
      same([calls, await store.get("mine")], [0, 1], "calls, and what is there")
    },
  ),

  judged(
    "permissions: keys in order are judged by their prefix, and values by each key",
    ["list", "keys", "entries", "count", "clear"],
    async ({ store, acquire }) => {
      const guest = await acquire("guest")
      await store.set("mine", 1)
      await store.set("theirs", 1)
      same([(await guest.list({ prefix: "mine" })).items.length, await guest.count("mine")], [1, 1], "list and count of one's own")
      const walk = async (items: AsyncIterable<unknown>): Promise<void> => {
        for await (const _item of items) break
      }
      for (const prefix of ["", "m", "theirs"]) {
        for (const answer of heard([
          guest.list({ prefix }),
          guest.count(prefix),
          guest.clear(prefix),
          walk(guest.keys(prefix)),
          walk(guest.entries(prefix)),
        ]))
          await denied(answer)
      }
      same(await guest.clear("mine"), 1, "clear of one's own")
      same(await store.count(), 1, "count afterwards")
    },
  ),

  judged("permissions: what the store tells of itself is judged, too", ["statistics", "info"], async ({ acquire }) => {
    const guest = await acquire("guest")
    await denied(guest.statistics())
    await denied(guest.info())
  }),
]
