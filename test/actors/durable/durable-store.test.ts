import { describe, expect, it } from "vitest"
import { durableHouse, openDurable } from "../../support/durable-stage.ts"

describe("a durable store", () => {
  it("keeps what was acknowledged beyond the life of its program", async () => {
    const house = await durableHouse()
    const first = await house.open()
    expect(await first.store.set("a", { n: 1 })).toBe(true)
    expect(await first.store.get("a")).toEqual({ n: 1 })
    await first.runtime.stop()
    const second = await house.open()
    expect(await second.store.get("a")).toEqual({ n: 1 })
    expect(await second.store.get("absent")).toBeUndefined()
  })
  it("answers all", async () => {
    const { store, crash } = await openDurable()
    await store.setMany([
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ])
    expect(await store.getMany(["a", "x", "c"])).toEqual([1, undefined, 3])
    expect((await store.list({ limit: 2 })).items.map(({ key }) => key)).toEqual(["a", "b"])
    expect(
      await store.transaction(["a", "b"], (tx) => {
        tx.set("a", [tx.get("a"), tx.get("b")])
        tx.delete("b")
        return 5
      }),
    ).toBe(5)
    expect(await store.get("a")).toEqual([1, 2])
    expect(await store.count()).toBe(2)
    expect(await store.take("c")).toBe(3)
    const n = store as never as { increment(key: string): Promise<{ value: number }> }
    expect((await Promise.all([n.increment("n"), n.increment("n"), n.increment("n")])).map(({ value }) => value)).toEqual([1, 2, 3])
    await crash()
    expect(await store.get("n")).toBe(3)
    expect(await store.clear()).toBe(2)
    console.log(await store.statistics(), await store.info())
  })
})
