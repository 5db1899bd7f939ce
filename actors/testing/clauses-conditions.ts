/** Promises of versions, of writes on a condition, and of what leaves the lifetime as it is. */

import { type Clause, clause } from "./clause.ts"
import { holds, refused, same } from "./sameness.ts"

export const conditions: readonly Clause[] = [
  clause("entry: gives key, value, version and end, and undefined where nothing is", ["entry"], async ({ store }) => {
    same(await store.entry("a"), undefined, "entry of nothing")
    await store.set("a", { n: 1 })
    const entry = await store.entry("a")
    same(Object.keys(entry ?? {}).sort(), ["expiresAt", "key", "value", "version"], "what an entry has")
    same([entry?.key, entry?.value, entry?.expiresAt], ["a", { n: 1 }, undefined], "entry")
    holds(typeof entry?.version === "string" && entry.version !== "", "a version should be text")
    holds(Object.isFrozen(entry), "an entry should be frozen")
  }),

  clause(
    "versions: rise under a key with each write, as texts are compared, and none is used twice",
    ["entry", "put"],
    async ({ store }) => {
      const seen = new Set<string>()
      let last = ""
      for (let write = 0; write < 100; write += 1) {
        if (write % 3 === 0) await store.delete("a")
        await store.set("b", write)
        const { version } = await store.put("a", write)
        holds(version > last, `${version} should be greater than ${last}`)
        for (const one of [version, (await store.entry("b"))?.version ?? ""]) {
          holds(!seen.has(one), `${one} should not be used again`)
          seen.add(one)
        }
        last = version
      }
    },
  ),

  clause("versions: stay where nothing is written", ["entry", "touch", "persist"], async ({ store }) => {
    await store.set("a", 1, 60)
    const before = (await store.entry("a"))?.version
    await store.get("a")
    await store.touch("a", 30)
    await store.persist("a")
    await store.set("b", 1)
    same((await store.entry("a"))?.version, before, "the version")
  }),

  clause("put: gives the entry it has made", ["put", "entry"], async ({ store, stage: { time } }) => {
    const made = await store.put("a", { n: 1 }, { ttl: 60 })
    same([made.key, made.value, made.expiresAt], ["a", { n: 1 }, time.systemTime() + 60_000], "what put gives")
    same(await store.entry("a"), made, "entry")
  }),

  clause(
    "put: with onlyIfAbsent writes where nothing is, and else is AlreadyExists and changes nothing",
    ["put", "entry", "ttl"],
    async ({ store }) => {
      same((await store.put("a", 1, { onlyIfAbsent: true, ttl: 60 })).value, 1, "put where nothing is")
      const before = await store.entry("a")
      const error = await refused(store.put("a", 2, { onlyIfAbsent: true, ttl: 5 }), "ALREADY_EXISTS")
      same(error.retryable, false, "whether it is retryable")
      same(await store.entry("a"), before, "the entry")
      same(await store.ttl("a"), 60, "its TTL")
      await store.delete("a")
      same((await store.put("a", 3, { onlyIfAbsent: true })).value, 3, "put after delete")
    },
  ),

  clause(
    "put: with ifVersion writes over that version alone; else it is Conflict, or NotFound, and changes nothing",
    ["put", "entry", "ttl"],
    async ({ store }) => {
      const first = await store.put("a", 1, { ttl: 60 })
      const second = await store.put("a", 2, { ifVersion: first.version, ttl: 60 })
      const error = await refused(store.put("a", 3, { ifVersion: first.version, ttl: 5 }), "CONFLICT")
      same(error.retryable, false, "whether it is retryable")
      same(await store.entry("a"), second, "the entry")
      same(await store.ttl("a"), 60, "its TTL")
      await store.delete("a")
      await refused(store.put("a", 4, { ifVersion: second.version }), "NOT_FOUND")
      await store.set("a", 5)
      await refused(store.put("a", 6, { ifVersion: second.version }), "CONFLICT")
      same(await store.get("a"), 5, "get")
    },
  ),

  clause("put: of many on one version, one wins", ["put"], async ({ store }) => {
    const { version } = await store.put("a", 0)
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map((value) => store.put("a", value, { ifVersion: version })))
    same(outcomes.filter(({ status }) => status === "fulfilled").length, 1, "how many won")
  }),

  clause(
    "put: with keepTtl keeps the end that is there, and takes the given one for a new entry",
    ["put", "ttl"],
    async ({ store, stage: { time } }) => {
      await store.put("a", 1, { ttl: 60, keepTtl: true })
      await time.advance(20_000)
      await store.put("a", 2, { ttl: 60, keepTtl: true })
      same([await store.get("a"), await store.ttl("a")], [2, 40], "after a put with keepTtl")
      await store.put("a", 3)
      same(await store.ttl("a"), Number.POSITIVE_INFINITY, "after a put without")
      await store.put("a", 4, { ttl: 60, keepTtl: true })
      same(await store.ttl("a"), Number.POSITIVE_INFINITY, "an entry without an end keeps that, too")
    },
  ),

  clause("put: what contradicts itself or is unknown is Invalid, names the field, and writes nothing", ["put"], async ({ store }) => {
    const cases: readonly (readonly [options: object, field: string])[] = [
      [{ onlyIfAbsent: true, ifVersion: "x" }, "ifVersion"],
      [{ onlyIfAbsent: "yes" }, "onlyIfAbsent"],
      [{ ifVersion: "" }, "ifVersion"],
      [{ ifVersion: 1 }, "ifVersion"],
      [{ keepTtl: 1 }, "keepTtl"],
      [{ ttl: -1 }, "ttl"],
      [{ onlyIfabsent: true }, "onlyIfabsent"],
    ]
    for (const [options, field] of cases) await refused(store.put("a", 1, options), "INVALID", field)
    same(await store.has("a"), false, "has")
  }),
]
