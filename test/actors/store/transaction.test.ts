import { AsyncLocalStorage } from "node:async_hooks"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { StoreMailbox, Transaction } from "../../../actors/index.ts"
import { refusalOf } from "../../support/refusal.ts"
import { seeds } from "../../support/seeds.ts"
import { buildStore, openStore } from "../../support/store-stage.ts"
import { thenable } from "../../support/thenable.ts"

const all = async (cache: StoreMailbox, keys: readonly string[]): Promise<unknown[]> => Promise.all(keys.map((key) => cache.get(key)))

describe("transaction", () => {
  it("reads and writes its keys as one step, sees what it has written, and gives what its function gives", async () => {
    const { cache } = await openStore()
    await cache.set("a", 1)
    const given = await cache.transaction(["a", "b", "c"], (tx) => {
      tx.set("b", [tx.get("a"), tx.has("b"), tx.has("c")])
      tx.set("b", [...(tx.get("b") as unknown[]), tx.has("b")])
      return [tx.delete("a"), tx.delete("a"), tx.get("a"), tx.delete("c")]
    })
    expect(given).toEqual([true, false, undefined, false])
    expect(await all(cache, ["a", "b", "c"])).toEqual([undefined, [1, false, false, true], undefined])
  })

  it("shows nobody the half of it, though it writes many keys", async () => {
    const { cache } = await openStore()
    const keys = Array.from({ length: 100 }, (_, n) => `k${n}`)
    const writing = [1, 2, 3].map((n) => cache.transaction(keys, (tx) => keys.map((key) => tx.set(key, n))))
    const seen = await cache.transaction(keys, (tx) => keys.map((key) => tx.get(key)))
    await Promise.all(writing)
    expect(new Set(seen).size).toBe(1)
  })

  it("reads as get does, once it is carried out: what slides lives on, and it counts", async () => {
    const { cache, time } = await openStore()
    await cache.put("a", 1, { idle: 2 })
    await cache.put("b", 1, { idle: 2 })
    await time.advance(1000)
    const failing = cache.transaction(["b"], (tx) => {
      tx.get("b")
      throw new Error("boom")
    })
    await expect(failing).rejects.toThrow("boom")
    await cache.transaction(["a", "c"], (tx) => [tx.get("a"), tx.get("a"), tx.get("c")])
    expect(await cache.statistics()).toMatchObject({ hits: 1, misses: 1 })
    await time.advance(1500)
    expect([await cache.has("a"), await cache.has("b")]).toEqual([true, false])
  })

  it("has each write its version, its lifetime, its binding", async () => {
    const { cache, runtime, time } = await openStore()
    const other = await runtime.acquire("app:cache")
    await other.transaction(["a", "b", "c"], (tx) => {
      tx.set("a", 1, 5)
      tx.set("b", 1, { idle: 3 })
      tx.set("c", 1, { bound: true })
    })
    const versions = await Promise.all(["a", "b", "c"].map(async (key) => (await cache.entry(key))?.version))
    expect(new Set(versions).size).toBe(3)
    await time.advance(3000)
    expect(await all(cache, ["a", "b", "c"])).toEqual([1, undefined, 1])
    await other.release()
    expect(await all(cache, ["a", "c"])).toEqual([1, undefined])
    await time.advance(2000)
    expect(await cache.get("a")).toBeUndefined()
  })

  it("changes nothing where its function throws, and the very error reaches its caller", async () => {
    const { cache } = await openStore()
    await cache.set("a", 1, 10)
    const before = await cache.entry("a")
    const boom = new Error("boom")
    const work = (tx: Transaction<unknown>): void => {
      tx.set("a", 2)
      tx.set("b", 2)
      throw boom
    }
    await expect(cache.transaction(["a", "b"], work)).rejects.toBe(boom)
    expect([await cache.entry("a"), await cache.has("b")]).toEqual([before, false])
  })

  it("is Invalid where it gives a promise or a thenable, and changes nothing", async () => {
    const { cache } = await openStore()
    const works = [
      async (tx: Transaction<unknown>) => tx.set("a", 1),
      (tx: Transaction<unknown>) => {
        tx.set("a", 1)
        return Promise.reject(new Error("late"))
      },
      // A thenable that is no promise of the host's.
      (tx: Transaction<unknown>) => {
        tx.set("a", 1)
        return thenable(() => {})
      },
    ]
    for (const work of works)
      expect(await refusalOf(cache.transaction(["a"], work))).toMatchObject({ kind: "INVALID", details: { field: "work" } })
    expect(await cache.has("a")).toBe(false)
  })

  it("throws Invalid in its function for a key that was not named, and for what cannot be stored", async () => {
    const { cache } = await openStore()
    const wrongs: [string, (tx: Transaction<unknown>) => unknown][] = [
      ["key", (tx) => tx.get("b")],
      ["key", (tx) => tx.set("b", 1)],
      ["key", (tx) => tx.delete("__proto__")],
      ["key", (tx) => tx.has(5 as never)],
      ["value", (tx) => tx.set("a", undefined)],
      ["value", (tx) => tx.set("a", () => {})],
      ["ttl", (tx) => tx.set("a", 1, -1)],
      ["bound", (tx) => tx.set("a", 1, { bound: 1 as never })],
    ]
    for (const [field, wrong] of wrongs) {
      expect(await refusalOf(cache.transaction(["a"], wrong))).toMatchObject({ kind: "INVALID", details: { field } })
    }
    const caught = (tx: Transaction<unknown>): unknown => {
      try {
        return tx.get("b")
      } catch {
        return tx.set("a", "caught")
      }
    }
    await cache.transaction(["a"], caught)
    expect(await cache.get("a")).toBe("caught")
  })

  it("is over when its function is: what is kept of it reads and writes nothing", async () => {
    const { cache } = await openStore()
    const kept: Transaction<unknown>[] = []
    await cache.transaction(["a"], (tx) => void kept.push(tx))
    for (const act of [(tx: Transaction<unknown>) => tx.get("a"), (tx: Transaction<unknown>) => tx.set("a", 1)]) {
      expect(() => act(kept[0] as Transaction<unknown>)).toThrow(/is over/)
    }
    expect(await cache.has("a")).toBe(false)
  })

  it("that has no room for all of it is refused as a whole", async () => {
    const { cache } = await openStore({ store: { maxEntries: 3 } })
    for (const key of ["a", "b"]) await cache.set(key, 1)
    const write = (tx: Transaction<unknown>): void => ["c", "d"].forEach((key) => void tx.set(key, 2))
    expect(await refusalOf(cache.transaction(["c", "d"], write))).toMatchObject({ kind: "UNAVAILABLE" })
    expect(await all(cache, ["a", "b", "c", "d"])).toEqual([1, 1, undefined, undefined])
    // What it deletes makes the room.
    await cache.transaction(["a", "c", "d"], (tx) => {
      write(tx)
      tx.delete("a")
    })
    expect(await all(cache, ["a", "b", "c", "d"])).toEqual([undefined, 1, 2, 2])
  })

  it("takes the room of what has expired, and lets go what a full store lets go", async () => {
    const { cache, time } = await openStore({ store: { maxEntries: 3, whenFull: "soonest" } })
    for (const [n, key] of ["a", "b", "c"].entries()) await cache.set(key, 1, n + 1)
    await time.advance(1000)
    const write = (keys: readonly string[]) => cache.transaction(keys, (tx) => keys.map((key) => tx.set(key, 2, 100)))
    await write(["d", "e"])
    expect(await all(cache, ["a", "b", "c", "d", "e"])).toEqual([undefined, undefined, 1, 2, 2])
    expect(await refusalOf(write(["f", "g", "h", "i"]))).toMatchObject({ kind: "UNAVAILABLE" })
  })

  it("weighs what it writes, in whatever order", async () => {
    const { cache } = await openStore({ store: { maxBytes: 10, weigh: (value) => value as number } })
    await cache.set("a", 8)
    await cache.set("b", 2)
    await cache.transaction(["b", "a"], (tx) => {
      tx.set("b", 7)
      tx.set("a", 3)
    })
    expect(await all(cache, ["a", "b"])).toEqual([3, 7])
    const tooMuch = cache.transaction(["a", "b"], (tx) => [tx.set("a", 4), tx.set("b", 7)])
    expect(await refusalOf(tooMuch)).toMatchObject({ kind: "UNAVAILABLE" })
    expect(await refusalOf(cache.transaction(["a"], (tx) => tx.set("a", 11)))).toMatchObject({ kind: "INVALID" })
    expect(await all(cache, ["a", "b"])).toEqual([3, 7])
  })

  it("runs in the async context of its caller", async () => {
    const { cache } = await openStore()
    const storage = new AsyncLocalStorage<string>()
    const asked = ["a", "b"].map((who) => storage.run(who, () => cache.transaction([who], () => storage.getStore())))
    expect(await Promise.all(asked)).toEqual(["a", "b"])
  })

  it("is judged for each key that it names, by each of its actions", async () => {
    const allow = (actions: string[], key?: string) => ({
      effect: "allow" as const,
      actions: ["store.get", ...actions],
      resources: "*",
      ...(key === undefined ? {} : { conditions: [{ field: "attributes.key", operator: "eq" as const, value: key }] }),
    })
    const needed = ["store.key.get", "store.key.set", "store.key.delete"]
    const open = (actions: string[], key?: string) =>
      openStore({ policies: [allow([]), allow(actions, key)] }).then(({ cache }) => cache.transaction(["a", "b"], () => "done"))
    expect(await open(needed)).toBe("done")
    for (const left of needed) {
      const refused = await refusalOf(open(needed.filter((action) => action !== left)))
      expect(refused).toMatchObject({ kind: "PERMISSION_DENIED", details: { action: left } })
    }
    expect(await refusalOf(open(needed, "a"))).toMatchObject({ kind: "PERMISSION_DENIED", details: { key: "b" } })
  })

  it("names its keys by any list that can be read, once", async () => {
    const { cache } = await openStore()
    let reads = 0
    const once = {
      *[Symbol.iterator]() {
        reads += 1
        yield* ["a", "b", "a"]
      },
    }
    await cache.transaction(once, (tx) => tx.set("b", reads))
    expect([await cache.get("b"), reads]).toEqual([1, 1])
    for (const [keys, field] of [
      [[], "keys"],
      ["ab", "keys"],
      [undefined, "keys"],
      [["a", ""], "keys[1]"],
      [["\ud800"], "keys[0]"],
    ] as const) {
      expect(await refusalOf(cache.transaction(keys as never, () => 1))).toMatchObject({ kind: "INVALID", details: { field } })
    }
    const failing = {
      *[Symbol.iterator]() {
        yield "a"
        throw new Error("broken")
      },
    }
    expect(await refusalOf(cache.transaction(failing, () => 1))).toMatchObject({ kind: "INVALID", details: { field: "keys" } })
  })

  it("does under any commands what a map does that is copied before, and put back where it fails", async () => {
    const KEYS = ["a", "b", "c", "d"]
    const key = fc.constantFrom(...KEYS)
    const step = fc.oneof(
      fc.record({ type: fc.constant("set" as const), key, value: fc.nat(9) }),
      fc.record({ type: fc.constantFrom("delete" as const, "get" as const, "has" as const), key }),
      fc.record({ type: fc.constant("throw" as const) }),
    )
    const transaction = fc.record({ keys: fc.uniqueArray(key, { minLength: 1 }), steps: fc.array(step, { maxLength: 8 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { maxLength: 10 }), fc.constantFrom(0, 2, 3), async (transactions, maxEntries) => {
        const { cache, runtime } = await buildStore({ store: { maxEntries } })
        let model = new Map<string, unknown>()
        for (const { keys, steps } of transactions) {
          const copy = new Map(model)
          const run = (
            own: {
              get: (key: string) => unknown
              has: (key: string) => boolean
              set: (key: string, value: unknown) => unknown
              delete: (key: string) => boolean
            },
            isNamed: (key: string) => boolean,
          ): unknown[] =>
            steps.map((one) => {
              if (one.type === "throw") throw new Error("thrown")
              if (!isNamed(one.key)) return "unnamed"
              if (one.type === "set") return void own.set(one.key, one.value)
              return own[one.type](one.key)
            })
          const isNamed = (name: string): boolean => keys.includes(name)
          const expected = ((): unknown => {
            try {
              const told = run(copy, isNamed)
              const isFull = maxEntries > 0 && copy.size > maxEntries && copy.size > model.size
              return isFull ? "UNAVAILABLE" : told
            } catch {
              return "thrown"
            }
          })()
          const actual = await cache
            .transaction(keys, (tx) => run(tx, isNamed))
            .catch((error: { kind?: string; message: string }) => error.kind ?? error.message)
          expect(actual).toEqual(expected)
          if (Array.isArray(expected)) model = copy
          expect(await all(cache, KEYS)).toEqual(KEYS.map((name) => model.get(name)))
        }
        await runtime.stop()
      }),
      seeds(150, 8),
    )
  })
})
