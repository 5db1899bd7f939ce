import { describe, expect, it } from "vitest"
import type { StoreMailbox } from "../../../actors/index.ts"
import { openStore } from "../../support/store-stage.ts"

const KEYS = Array.from({ length: 1000 }, (_, n) => `k${n}`)
/** In the last slice of a batch. */
const LAST = "k999"
const batch = (value: unknown) => KEYS.map((key) => [key, value] as const)

describe("who comes after a batch has the last word on a key, though the slice of that comes later", () => {
  const after: [what: string, act: (cache: StoreMailbox) => Promise<unknown>, last: unknown][] = [
    ["set", (cache) => cache.set(LAST, "later"), "later"],
    ["put", (cache) => cache.put(LAST, "later"), "later"],
    ["update", (cache) => cache.update(LAST, () => "later"), "later"],
    ["delete", (cache) => cache.delete(LAST), undefined],
    ["take", (cache) => cache.take(LAST), undefined],
    ["deleteMany of few", (cache) => cache.deleteMany([LAST]), undefined],
    ["transaction", (cache) => cache.transaction([LAST], (tx) => tx.set(LAST, "later")), "later"],
    ["a transaction that deletes", (cache) => cache.transaction([LAST], (tx) => tx.delete(LAST)), undefined],
    ["another batch", (cache) => cache.setMany(batch("later")), "later"],
  ]

  it.each(after)("setMany, then %s", async (_what, act, last) => {
    for (const before of [undefined, "before"]) {
      const { cache } = await openStore()
      if (before !== undefined) await cache.set(LAST, before)
      const [written] = await Promise.all([cache.setMany(batch("batch")), act(cache)])
      expect(written).toHaveLength(KEYS.length)
      expect([await cache.get(LAST), await cache.get("k0")]).toEqual([
        last,
        last === "later" && _what === "another batch" ? "later" : "batch",
      ])
    }
  })

  it("deleteMany, then set", async () => {
    const { cache } = await openStore()
    await cache.setMany(batch("before"))
    const [gone] = await Promise.all([cache.deleteMany(KEYS), cache.set(LAST, "later")])
    expect([gone.filter(Boolean).length, await cache.get(LAST), await cache.count()]).toEqual([999, "later", 1])
  })

  it("of a batch that waits behind another one, as well; and what had come before it has not", async () => {
    const { cache } = await openStore()
    const [first, early, second, late] = [
      cache.setMany(batch("first")),
      cache.set("k500", "early"),
      cache.setMany(batch("second")),
      cache.set(LAST, "late"),
    ]
    await Promise.all([first, early, second, late])
    expect([await cache.get("k500"), await cache.get(LAST), await cache.get("k1")]).toEqual(["second", "late", "second"])
  })

  it("but not what goes by itself meanwhile", async () => {
    const { cache, runtime } = await openStore()
    const other = await runtime.acquire("app:cache")
    await other.set(LAST, "bound", { bound: true })
    await Promise.all([cache.setMany(batch("batch")), other.release()])
    expect(await cache.get(LAST)).toBe("batch")
  })

  it("and nothing of it is left when it is done", async () => {
    const { cache } = await openStore()
    await Promise.all([cache.setMany(batch("batch")), cache.set(LAST, "later")])
    await cache.setMany(batch("next"))
    expect(await cache.get(LAST)).toBe("next")
  })
})
