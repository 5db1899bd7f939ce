/** A store below Keyv: Keyv's own test suite with Keyv 5, and with Keyv 6 whatever a plain Map passes; what is built on Keyv goes on, too. */

import * as Vitest from "vitest"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Runtime, type StoreMailbox, start, store } from "../../actors/index.ts"
import { type KeyvStore, keyvStore } from "../../actors/keyv/keyv.ts"
import { describeWith, libraryApart } from "../house/apart.ts"
import { refusalBy, refusalOf } from "../support/refusal.ts"

interface Keyv {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown, ttl?: number): Promise<boolean>
  has(key: string): Promise<boolean>
  delete(key: string | readonly string[]): Promise<boolean>
  clear(): Promise<void>
  disconnect(): Promise<void>
  on(event: "error", listener: (error: unknown) => void): void
}

type KeyvClass = new (options: { readonly store: unknown; readonly namespace?: string }) => Keyv
type Suite = (test: typeof Vitest, keyv: KeyvClass, store: () => unknown) => void

interface TestSuite {
  readonly keyvApiTests: Suite
  readonly keyvNamespaceTest: Suite
  readonly keyvValueTests: Suite
  readonly keyvIteratorTests: Suite
}

let runtime: Runtime<{ "app:cache": StoreMailbox }>
let mailbox: StoreMailbox
beforeAll(async () => {
  runtime = await start({ "app:cache": store({ maxEntries: 0 }) }, { log: () => {} })
  mailbox = await runtime.acquire("app:cache")
})
afterAll(() => runtime.stop())

const opened = (): KeyvStore => keyvStore(mailbox)

const LIBRARIES = ["keyv", "keyv6", "@keyv/test-suite", "cache-manager", "cacheable"]

describeWith(LIBRARIES, "Keyv", async () => {
  const { keyvApiTests, keyvNamespaceTest, keyvValueTests, keyvIteratorTests } = await libraryApart<TestSuite>("@keyv/test-suite")
  const { default: Keyv5 } = await libraryApart<{ default: KeyvClass }>("keyv")
  const { default: Keyv6 } = await libraryApart<{ default: KeyvClass }>("keyv6")

  describe("5, by its own test suite", () => {
    describe("operations", () => keyvApiTests(Vitest, Keyv5, opened))
    describe("namespaces", () => keyvNamespaceTest(Vitest, Keyv5, opened))
    describe("values", () => keyvValueTests(Vitest, Keyv5, opened))
    describe("iterator", () => keyvIteratorTests(Vitest, Keyv5, opened))
  })

  describe("6", () => {
    it("passes what a plain Map passes of that suite", async () => {
      const map = new Map()
      for (const suite of [keyvApiTests, keyvNamespaceTest, keyvValueTests]) {
        const withMap = await passedOf((test) => suite(test, Keyv6, () => map))
        const withStore = await passedOf((test) => suite(test, Keyv6, opened))
        expect(withStore.passed).toEqual(expect.arrayContaining(withMap.passed))
        expect(withMap.passed.length).toBeGreaterThan(2)
      }
    })
  })

  it.each([
    ["5", Keyv5],
    ["6", Keyv6],
  ])("does what a plain Map does with a time that is over or beyond counting: %s", async (_version, Keyv) => {
    for (const ttl of [-1, -60_000, 0, Number.POSITIVE_INFINITY, 1e20, 2 ** 53]) {
      const seen = await Promise.all(
        [new Map(), opened()].map(async (below) => {
          const keyv = new Keyv({ store: below, namespace: `ttl ${ttl}` })
          await keyv.set("a", "before")
          return [await keyv.set("a", "after", ttl), await keyv.get("a")]
        }),
      )
      expect(seen[1]).toEqual(seen[0])
    }
  })

  it("tells of many as Keyv 5 and 6 want to be told", async () => {
    interface OfMany extends Keyv {
      setMany(items: readonly { readonly key: string; readonly value: unknown; readonly ttl?: number }[]): Promise<unknown>
      delete(keys: string | readonly string[]): Promise<boolean>
    }
    const items = [
      { key: "a", value: 1 },
      { key: "b", value: 2, ttl: 60_000 },
    ]
    for (const Keyv of [Keyv5, Keyv6]) {
      const keyv = new Keyv({ store: opened(), namespace: "many" }) as OfMany
      expect(await keyv.setMany(items)).toEqual([true, true])
      expect(await keyv.delete(["a", "none"])).toEqual(Keyv === Keyv5 ? true : [true, false])
      expect(await keyv.delete(["a", "none"])).toEqual(Keyv === Keyv5 ? false : [false, false])
    }
  })

  it("lets an entry go when its time is over, in the store as well", async () => {
    const keyv = new Keyv5({ store: opened() })
    await keyv.set("short", 1, 20)
    expect(await mailbox.ttl("keyv:short")).toBeLessThanOrEqual(0.02)
  })

  it("tells what the store refuses by its event, and gives the mailbox back when it is disconnected", async () => {
    const own = await runtime.acquire("app:cache")
    const keyv = new Keyv5({ store: keyvStore(own) })
    const told: unknown[] = []
    keyv.on("error", (error) => told.push(error))
    await keyv.disconnect()
    expect(own.isReleased).toBe(true)
    await keyv.set("a", 1)
    expect(told).toMatchObject([{ kind: "INVALID" }])
  })

  it.each([
    ["5", Keyv5],
    ["6", Keyv6],
  ])("tells once, by its event, of a reading that fails: %s", async (_version, Keyv) => {
    const own = await runtime.acquire("app:cache")
    await own.release()
    const keyv = new Keyv({ store: keyvStore(own) })
    const told: unknown[] = []
    keyv.on("error", (error) => told.push(error))
    expect(await keyv.get("a")).toBeUndefined()
    expect(told).toMatchObject([{ kind: "INVALID" }])
  })

  it("serves cache-manager and cacheable", async () => {
    interface Cache {
      get(key: string): Promise<unknown>
      set(key: string, value: unknown, ttl?: number): Promise<unknown>
      del?(key: string): Promise<unknown>
      delete?(key: string): Promise<unknown>
      wrap?(key: string, make: () => Promise<unknown>, ttl?: number): Promise<unknown>
      clear(): Promise<unknown>
    }
    const { createCache } = await libraryApart<{ createCache: (options: object) => Cache }>("cache-manager")
    const { Cacheable } = await libraryApart<{ Cacheable: new (options: object) => Cache }>("cacheable")
    const keyv = (namespace: string): Keyv => new Keyv5({ store: keyvStore(mailbox), namespace })
    for (const cache of [createCache({ stores: [keyv("manager")] }), new Cacheable({ primary: keyv("cacheable") })]) {
      await cache.set("a", { n: 1 }, 60_000)
      expect(await cache.get("a")).toEqual({ n: 1 })
      await (cache.del ?? cache.delete)?.call(cache, "a")
      expect(await cache.get("a")).toBeUndefined()
      let made = 0
      const make = async (): Promise<number> => {
        made += 1
        return made
      }
      expect([await cache.wrap?.("w", make, 60_000), await cache.wrap?.("w", make, 60_000)].filter((n) => n === 2)).toEqual([])
      await cache.set("b", 1)
      await cache.clear()
      expect(await cache.get("b")).toBeUndefined()
    }
    expect(await mailbox.count("manager:")).toBe(0)
  })
})

describe("keyvStore", () => {
  it("keeps to a namespace, where it is told one", async () => {
    const [one, other] = [keyvStore(mailbox, { namespace: "one" }), keyvStore(mailbox, { namespace: "other" })]
    await one.setMany([
      { key: "one:a", value: "1", ttl: 60_000 },
      { key: "one:b", value: "2" },
    ])
    await other.set("other:a", "3")
    const seen: unknown[] = []
    for await (const entry of one.iterator()) seen.push(entry)
    expect(seen).toEqual([
      ["one:a", "1"],
      ["one:b", "2"],
    ])
    await one.clear()
    expect([await one.hasMany(["one:a", "one:b"]), await other.has("other:a")]).toEqual([[false, false], true])
  })

  it("looks for more keys than may wait in the inbox of a store", async () => {
    const own = await start({ "app:cache": store({ maxEntries: 0 }) }, { log: () => {} })
    const keyv = keyvStore(await own.acquire("app:cache"))
    const keys = Array.from({ length: 100_000 }, (_, n) => `k${n}`)
    await keyv.setMany(keys.map((key) => ({ key, value: "1" })))
    const asked = keyv.hasMany([...keys, "none"])
    expect(await keyv.has("k1")).toBe(true)
    const found = await asked
    expect([found.length, found.indexOf(false)]).toEqual([100_001, 100_000])
    await own.stop()
  })

  it("keeps nothing whose time is over, nor what was there before; of a key that comes twice the last counts", async () => {
    const keyv = opened()
    await keyv.set("a", "before")
    expect([await keyv.set("a", "after", -1), await keyv.get("a")]).toEqual([true, undefined])
    const told = await keyv.setMany([
      { key: "b", value: "1", ttl: -1 },
      { key: "b", value: "2" },
      { key: "c", value: "1" },
      { key: "c", value: "2", ttl: -1 },
    ])
    expect([told, await keyv.getMany(["b", "c"])]).toEqual([
      [true, true, true, true],
      ["2", undefined],
    ])
    expect(await refusalOf(keyv.set("b", "3", Number.NaN))).toMatchObject({ kind: "INVALID", details: { field: "ttl" } })
    await keyv.delete("b")
  })

  it("tells what is wrong of a time, a list and a listener, and keeps nothing then", async () => {
    const keyv = opened()
    for (const ttl of ["60", true, 5n, {}, [], Number.NaN]) {
      expect(await refusalOf(keyv.set("w", "1", ttl as never))).toMatchObject({ kind: "INVALID", details: { field: "ttl" } })
      const items = [{ key: "w", value: "1", ttl: ttl as never }]
      expect(await refusalOf(keyv.setMany(items))).toMatchObject({ kind: "INVALID", details: { field: "items[0].ttl" } })
    }
    for (const list of [undefined, null, 5, "ab", {}]) {
      expect(await refusalOf(keyv.setMany(list as never))).toMatchObject({ kind: "INVALID", details: { field: "items" } })
      expect(await refusalOf(keyv.hasMany(list as never))).toMatchObject({ kind: "INVALID", details: { field: "keys" } })
    }
    expect(await refusalOf(keyv.setMany([null] as never))).toMatchObject({ kind: "INVALID", details: { field: "items[0]" } })
    expect(refusalBy(() => keyv.on("error", undefined as never))).toMatchObject({ kind: "INVALID", details: { field: "listener" } })
    expect(await keyv.has("w")).toBe(false)
    expect(await keyv.set("w", "1", null as never)).toBe(true)
    await keyv.delete("w")
  })

  it("takes a mailbox of a store alone, and tells what is wrong", async () => {
    for (const wrong of [undefined, {}, new Map(), runtime]) {
      expect(refusalBy(() => keyvStore(wrong as never))).toMatchObject({ kind: "INVALID", details: { field: "mailbox" } })
    }
    expect(refusalBy(() => keyvStore(mailbox, { namespace: 1 as never }))).toMatchObject({ details: { field: "namespace" } })
    expect(refusalBy(() => keyvStore(mailbox, { namspace: "a" } as never))).toMatchObject({ details: { field: "namspace" } })
    expect(await refusalOf(opened().set("a", () => {}))).toMatchObject({ kind: "INVALID" })
  })
})

/** Runs a suite without Vitest's own runner, and tells which of its tests pass. */
async function passedOf(define: (test: typeof Vitest) => void): Promise<{ passed: string[] }> {
  const tests: [name: string, run: (t: object) => unknown][] = []
  const before: (() => unknown)[] = []
  const after: (() => unknown)[] = []
  const collecting = {
    it: (name: string, run: (t: object) => unknown) => tests.push([name, run]),
    beforeEach: (run: () => unknown) => before.push(run),
    afterEach: (run: () => unknown) => after.push(run),
    expect,
  }
  define(collecting as never)
  const passed: string[] = []
  for (const [name, run] of tests) {
    try {
      for (const hook of before) await hook()
      await run({ expect })
      passed.push(name)
    } catch {
      // It does not pass.
    } finally {
      for (const hook of after) await hook()
    }
  }
  return { passed }
}
