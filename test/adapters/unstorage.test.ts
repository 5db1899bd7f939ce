/** A store below unstorage: what its documentation says of a driver, for ours and for its own memory driver. */

import { describe, expect, it, onTestFinished } from "vitest"
import { durableStore } from "../../actors/durable.ts"
import { type StoreMailbox, start, store } from "../../actors/index.ts"
import { unstorageDriver } from "../../actors/unstorage/unstorage.ts"
import { virtualTime } from "../../src/testing.ts"
import { describeWith, libraryApart } from "../house/apart.ts"
import { MemoryDatabase } from "../support/memory-database.ts"
import { refusalBy, refusalOf } from "../support/refusal.ts"

interface Storage {
  hasItem(key: string): Promise<boolean>
  getItem(key: string): Promise<unknown>
  getItemRaw(key: string): Promise<unknown>
  getItems(keys: readonly string[]): Promise<unknown[]>
  setItem(key: string, value: unknown, options?: object): Promise<void>
  setItemRaw(key: string, value: unknown): Promise<void>
  setItems(items: readonly { key: string; value: unknown }[]): Promise<void>
  removeItem(key: string): Promise<void>
  getKeys(base?: string): Promise<string[]>
  getMeta(key: string): Promise<Record<string, unknown>>
  setMeta(key: string, meta: Record<string, unknown>): Promise<void>
  clear(base?: string): Promise<void>
  mount(base: string, driver: object): Storage
  dispose(): Promise<void>
}

async function mailboxOf(): Promise<StoreMailbox> {
  const runtime = await start({ "app:items": store() }, { log: () => {} })
  onTestFinished(() => runtime.stop())
  return runtime.acquire("app:items")
}

describeWith(["unstorage"], "unstorage", async () => {
  const { createStorage } = await libraryApart<{ createStorage: (options: { driver: object }) => Storage }>("unstorage")
  const { default: memory } = await libraryApart<{ default: () => object }>("unstorage/drivers/memory")

  describe.each<[string, () => Promise<object>]>([
    ["our driver", async () => unstorageDriver(await mailboxOf())],
    ["our driver with a base", async () => unstorageDriver(await mailboxOf(), { base: "x:y" })],
    ["its memory driver", async () => memory()],
  ])("with %s", (_name, driver) => {
    it("keeps items of every sort, and tells of what is not there", async () => {
      const storage = createStorage({ driver: await driver() })
      expect([await storage.hasItem("a"), await storage.getItem("a")]).toEqual([false, null])
      for (const value of ["text", 1, true, null, { n: [1] }, ["a"]]) {
        await storage.setItem("foo:bar", value)
        expect(await storage.getItem("foo:bar")).toEqual(value)
      }
      expect(await storage.hasItem("foo:bar")).toBe(true)
      await storage.removeItem("foo:bar")
      expect([await storage.hasItem("foo:bar"), await storage.getKeys()]).toEqual([false, []])
    })

    it("keeps binary items as they are", async () => {
      const storage = createStorage({ driver: await driver() })
      await storage.setItemRaw("raw", new Uint8Array([1, 2, 3]))
      expect(new Uint8Array((await storage.getItemRaw("raw")) as ArrayBuffer)).toEqual(new Uint8Array([1, 2, 3]))
    })

    it("lists what is below a base, and clears all", async () => {
      const storage = createStorage({ driver: await driver() })
      await storage.setItems([
        { key: "a:1", value: 1 },
        { key: "a:2", value: 2 },
        { key: "b:1", value: 3 },
      ])
      expect((await storage.getKeys()).sort()).toEqual(["a:1", "a:2", "b:1"])
      expect((await storage.getKeys("a")).sort()).toEqual(["a:1", "a:2"])
      expect(await storage.getItems(["a:1", "b:1", "none"])).toEqual([
        { key: "a:1", value: 1 },
        { key: "b:1", value: 3 },
        { key: "none", value: null },
      ])
      await storage.clear()
      expect(await storage.getKeys()).toEqual([])
    })

    it("keeps what is said of an item beside it", async () => {
      const storage = createStorage({ driver: await driver() })
      await storage.setItem("a", 1)
      await storage.setMeta("a", { by: "me" })
      expect(await storage.getMeta("a")).toMatchObject({ by: "me" })
    })

    it("stands below a mount point", async () => {
      const storage = createStorage({ driver: memory() }).mount("cache", await driver())
      await storage.setItem("cache:a", 1)
      await storage.setItem("other", 2)
      expect(await storage.getKeys("cache")).toEqual(["cache:a"])
      await storage.dispose()
    })
  })
})

describe("unstorageDriver", () => {
  it("clears what is below a base of its own, or all of its own", async () => {
    const mailbox = await mailboxOf()
    const driver = unstorageDriver(mailbox, { base: "x" })
    await mailbox.set("y", "other")
    for (const key of ["a:1", "a:2", "b:1"]) await driver.setItem(key, "1")
    await driver.clear("a:")
    expect(await driver.getKeys()).toEqual(["b:1"])
    await driver.clear()
    expect([await driver.getKeys(), await mailbox.get("y")]).toEqual([[], "other"])
  })

  it("takes a base with its colon for the same, as unstorage does", async () => {
    const mailbox = await mailboxOf()
    const [colon, without, none] = ["x:", "x", ":"].map((base) => unstorageDriver(mailbox, { base }))
    await colon?.setItem("a", "1")
    await none?.setItem("b", "2")
    expect((await mailbox.list()).items.map(({ key }) => key)).toEqual(["b", "x:a"])
    expect([await without?.getItem("a"), await without?.getKeys()]).toEqual(["1", ["a"]])
  })

  it("gives an item the time that is said of it, or of all, and tells when it is over", async () => {
    const time = virtualTime({ systemTimeMs: 1_000_000 })
    await using runtime = await start({ "app:items": store() }, { host: time })
    const driver = unstorageDriver(await runtime.acquire("app:items"), { ttl: 60 })
    await driver.setItem("all", "1")
    await driver.setItem("own", "1", { ttl: 10 })
    expect(await driver.getMeta("own")).toMatchObject({ expiresAt: new Date(1_010_000) })
    expect(await driver.getMeta("none")).toBeNull()
    await time.advance(10_000)
    expect([await driver.getItem("own"), await driver.getItem("all")]).toEqual([null, "1"])
    await time.advance(50_000)
    expect(await driver.getItem("all")).toBeNull()
  })

  it("takes a mailbox of a store alone, gives it back, and tells what is wrong", async () => {
    const mailbox = await mailboxOf()
    for (const wrong of [undefined, {}])
      expect(refusalBy(() => unstorageDriver(wrong as never))).toMatchObject({ details: { field: "mailbox" } })
    for (const base of [1, "\ud800"] as never[]) {
      expect(refusalBy(() => unstorageDriver(mailbox, { base }))).toMatchObject({ details: { field: "base" } })
    }
    for (const ttl of ["5", -1, Number.NaN, 1e300, null] as never[]) {
      expect(refusalBy(() => unstorageDriver(mailbox, { ttl }))).toMatchObject({ details: { field: "ttl" } })
    }
    const driver = unstorageDriver(mailbox)
    for (const wrong of [undefined, null, 5, {}] as never[]) {
      const onKeys = [driver.hasItem(wrong), driver.getItem(wrong), driver.getItemRaw(wrong), driver.getMeta(wrong)]
      for (const refused of [...onKeys, driver.setItem(wrong, "1"), driver.setItemRaw(wrong, "1"), driver.removeItem(wrong)]) {
        expect(await refusalOf(refused)).toMatchObject({ kind: "INVALID", details: { field: "key" } })
      }
      for (const refused of [driver.getItems(wrong), driver.setItems(wrong)]) {
        expect(await refusalOf(refused)).toMatchObject({ kind: "INVALID", details: { field: "items" } })
      }
      for (const refused of [driver.getItems([wrong]), driver.setItems([wrong])]) {
        expect(await refusalOf(refused)).toMatchObject({ kind: "INVALID", details: { field: "items[0].key" } })
      }
    }
    for (const refused of [driver.getKeys(5 as never), driver.clear(null as never)]) {
      expect(await refusalOf(refused)).toMatchObject({ kind: "INVALID", details: { field: "base" } })
    }
    await unstorageDriver(mailbox).dispose()
    expect(mailbox.isReleased).toBe(true)
  })
})

describe("watch", () => {
  async function watched(base?: string) {
    const time = virtualTime({ unseenMs: 0 })
    const runtime = await start({ "app:items": store({ maxEntries: 4, whenFull: "lru" }) }, { host: time, log: () => {} })
    onTestFinished(() => runtime.stop())
    const mailbox = await runtime.acquire("app:items")
    const driver = unstorageDriver(mailbox, { base })
    const told: string[] = []
    const unwatch = await driver.watch((event, key) => told.push(`${event} ${key}`))
    return { runtime, time, mailbox, driver, told, unwatch }
  }

  it("tells of what is written and removed, whoever does it and why, by the driver's own keys", async () => {
    const { runtime, time, mailbox, driver, told } = await watched("x")
    const other = await runtime.acquire("app:items")
    await driver.setItem("a", "1", { ttl: 1 })
    await other.set("x:b", "1")
    await other.set("y", "1")
    await driver.setItem("a$", "what unstorage keeps beside it")
    await driver.removeItem("b")
    await driver.removeItem("none")
    await time.advance(2000)
    for (const key of ["c", "d", "e", "f", "g"]) await mailbox.set(`x:${key}`, "1")
    await time.settle()
    const writes = ["c", "d", "e", "f"].map((key) => `update ${key}`)
    expect(told).toEqual(["update a", "update b", "remove b", "remove a", ...writes, "remove c", "update g"])
  })

  it("tells nothing more once it is unwatched, and ends with the mailbox", async () => {
    const { time, mailbox, driver, told, unwatch } = await watched()
    await unwatch()
    await driver.setItem("a", "1")
    await time.settle()
    expect(told).toEqual([])
    const again = await driver.watch(() => {})
    await mailbox.release()
    await again()
  })

  it("goes on where its listener throws or rejects", async () => {
    const { time, driver } = await watched()
    const told: string[] = []
    await driver.watch((_event, key) => {
      told.push(key)
      if (key === "a") throw new Error("boom")
      return Promise.reject(new Error("boom"))
    })
    for (const key of ["a", "b", "c"]) await driver.setItem(key, "1")
    await time.settle()
    expect(told).toEqual(["a", "b", "c"])
  })

  it("rejects where a policy says so, and for what is no function", async () => {
    const { runtime, driver } = await watched()
    expect(await refusalOf(driver.watch(undefined as never))).toMatchObject({ kind: "INVALID", details: { field: "listener" } })
    runtime.security.setPolicies([{ id: "r", effect: "allow", actions: ["store.info", "store.get"], resources: "*" }])
    expect(await refusalOf(driver.watch(() => {}))).toMatchObject({ kind: "PERMISSION_DENIED" })
  })

  it("of a durable store tells what the driver does", async () => {
    const runtime = await start({ "app:items": durableStore({ database: new MemoryDatabase() }) }, { log: () => {} })
    onTestFinished(() => runtime.stop())
    const driver = unstorageDriver(await runtime.acquire("app:items"), { base: "x" })
    const told: string[] = []
    const unwatch = await driver.watch((event, key) => told.push(`${event} ${key}`))
    await driver.setItem("a", "1")
    await driver.setItems([{ key: "b", value: "1" }])
    await driver.removeItem("a")
    await unwatch()
    await driver.setItem("c", "1")
    expect(told).toEqual(["update a", "update b", "remove a"])
  })
})
