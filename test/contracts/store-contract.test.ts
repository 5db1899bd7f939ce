/** The contract of stores tells a store that keeps it from one that does not, and passes over what a store does not claim. */

import { describe, expect, it } from "vitest"
import { Conflict, type Lease, store } from "../../actors/index.ts"
import { OPERATIONS, type WholeStore } from "../../actors/testing/tested-store.ts"
import { type OpenStage, stageStore, storeContract, type TestedStore, virtualTime } from "../../actors/testing.ts"

/** Runs all of it, or what begins so; gives the names of what failed, and of what was passed over. */
async function outcomeOf(open: OpenStage, beginning = "") {
  const runs: [name: string, run: () => Promise<void>][] = []
  const passedOver: string[] = []
  storeContract((name, run) => runs.push([name, run]), open, { passedOver: (name) => passedOver.push(name), without: ["limits"] })
  const failed: string[] = []
  for (const [name, run] of runs) if (name.startsWith(beginning)) await run().catch(() => failed.push(name))
  return { names: runs.map(([name]) => name), failed, passedOver }
}

/** A store whose mailboxes do one thing otherwise. */
const spoiled =
  (spoil: (mailbox: TestedStore) => Partial<TestedStore>): OpenStage =>
  async (wish) => {
    const stage = await stageStore(({ maxEntries = 0 }) => store({ maxEntries }))(wish)
    return {
      ...stage,
      async acquire(principal) {
        const mailbox = await stage.acquire(principal)
        return Object.assign(mailbox, spoil(Object.create(mailbox, bound(mailbox))))
      },
    }
  }

/** Its operations as they were. */
function bound(mailbox: TestedStore): PropertyDescriptorMap {
  const names = ["get", "set", "has", "delete", ...OPERATIONS] as const
  return Object.fromEntries(names.map((name) => [name, { value: mailbox[name]?.bind(mailbox) }]))
}

/** Options but for one of them. */
function without<Options extends object>(options: Options | number | undefined, name: keyof Options): Options | undefined {
  if (typeof options !== "object" || options === null) return options as undefined
  const { [name]: _, ...others } = options
  return others as Options
}

/** A watch whose events are others. */
function watching<Watched extends AsyncIterator<unknown>>(watch: Watched, otherwise: (event: object) => object): Watched {
  const next = async () => {
    const { done, value } = await watch.next()
    return done === true ? { done, value } : { done, value: otherwise(value as object) }
  }
  return { next, return: () => watch.return?.(), [Symbol.asyncIterator]: () => ({ next, return: () => watch.return?.() }) } as never
}

/** A lease that does one thing otherwise. */
const leased = (one: TestedStore, spoil: (lease: Lease) => object): TestedStore["lease"] =>
  (async (...asked: Parameters<WholeStore["lease"]>) => {
    const lease = (await one.lease?.(...asked)) as Lease
    const own = spoil(lease)
    const get = (_: Lease, name: keyof Lease): unknown => {
      const part = Reflect.get(name in own ? own : lease, name, lease) as unknown
      return typeof part === "function" ? part.bind(lease) : part
    }
    return new Proxy(lease, { get } as ProxyHandler<Lease>)
  }) as TestedStore["lease"]

describe("the contract of stores", () => {
  it.each<[fault: string, failing: string, spoil: (mailbox: TestedStore) => Partial<TestedStore>]>([
    ["forgets TTLs", "ttl: an entry is there until its time is over", ({ set }) => ({ set: (key, value) => set(key, value) })],
    [
      "says that nothing was deleted",
      "delete: says whether it was there",
      (one) => ({ delete: (key) => one.delete(key).then(() => false) }),
    ],
    [
      "takes bad keys",
      "keys: what is none is Invalid, for each operation",
      (one) => ({ get: async (key) => (key === "" ? undefined : one.get(key)) }),
    ],
    ["gives what can be changed", "values: no reader can change", (one) => ({ get: async (key) => structuredClone(await one.get(key)) })],
    ["counts one too many", "increment: counts from 0", (one) => ({ increment: (key, by = 1) => one.increment?.(key, by + 1) as never })],
    [
      "tries a failed load again at once",
      "getOrSet: a load that has failed is not tried again",
      (one) => ({ getOrSet: (key, load, options) => one.getOrSet?.(key, load as never, without(options, "failFor")) as never }),
    ],
    [
      "gives old values for good",
      "getOrSet: an old value is given for staleFor",
      (one) => ({ getOrSet: (key, load, options) => one.getOrSet?.(key, load as never, { ...options, staleFor: 1e6 }) as never }),
    ],
    [
      "loads nothing anew",
      "getOrSet: a load is told its key",
      (one) => ({ getOrSet: (key, load) => one.getOrSet?.(key, load as never) as never }),
    ],
    [
      "tells a load nothing",
      "getOrSet: a load is told its key",
      (one) => ({
        getOrSet: (key, load, options) => one.getOrSet?.(key, () => (load as (context: object) => never)({}), options) as never,
      }),
    ],
    [
      "hears of no signal",
      "getOrSet: who gives up by a signal",
      (one) => ({ getOrSet: (key, load, options) => one.getOrSet?.(key, load as never, without(options, "signal")) as never }),
    ],
    [
      "takes no idle time for what is loaded",
      "getOrSet: what is loaded lives",
      (one) => ({ getOrSet: (key, load, options) => one.getOrSet?.(key, load as never, without(options, "idle")) as never }),
    ],
    [
      "goes on where it is",
      "watch: goes on behind a version",
      (one) => ({ watch: (options) => one.watch?.(without(options, "from") as never) as never }),
    ],
    [
      "keeps everything for a slow reader",
      "watch: who does not keep up",
      (one) => ({ watch: (options) => one.watch?.(without(options, "room") as never) as never }),
    ],
    [
      "tells no versions",
      "watch: says of each change",
      (one) => ({ watch: (options) => watching(one.watch?.(options) as never, (event) => ({ ...event, version: "" })) as never }),
    ],
    [
      "tells no causes",
      "watch: says of each change",
      (one) => ({ watch: (options) => watching(one.watch?.(options) as never, (event) => ({ ...event, cause: "set" })) as never }),
    ],
    ["knows of no holder", "lease: who asks is told", () => ({ leaseOf: async () => undefined })],
    [
      "says nothing of who has it",
      "lease: who asks is told",
      (one) => ({ lease: (key, options, ask) => one.lease?.(key, options, ask).catch(() => Promise.reject(new Conflict("no"))) as never }),
    ],
    [
      "renews for as long as it likes",
      "lease: is renewed for as long",
      (one) => ({ lease: leased(one, (lease) => ({ renew: () => lease.renew(10) })) as never }),
    ],
    [
      "lets who waits wait",
      "lease: who waits does so no longer",
      (one) => ({ lease: (key, options, ask) => one.lease?.(key, options, without(ask, "signal")) as never }),
    ],
    ["gives the same fence", "lease: is over with the crash", (one) => ({ lease: leased(one, () => ({ fence: 1 })) as never })],
    [
      "forgets whom put has bound it to",
      "bound: what put has written",
      (one) => ({ put: (key, value, options) => one.put?.(key, value, without(options, "bound")) as never }),
    ],
    ...(["ttl", "idle", "jitter"] as const).map(
      (name) =>
        [
          `takes no ${name} but in set`,
          "ttl, idle, jitter: each operation",
          (one: TestedStore) => ({
            increment: ((key: string, by: number, options: object) => one.increment?.(key, by, without(options, name as never))) as never,
          }),
        ] as [string, string, (mailbox: TestedStore) => Partial<TestedStore>],
    ),
    [
      "does not read what it reads many of",
      "idle: reading many",
      (one) => ({ getMany: async (keys) => Promise.all([...keys].map(async (key) => ((await one.has(key)) ? 1 : undefined))) }),
    ],
    [
      "counts nothing",
      "statistics: count",
      (one) => ({ statistics: async () => ({ ...(await (one.statistics?.() as ReturnType<WholeStore["statistics"]>)), hits: 0 }) }),
    ],
    [
      "does not say what it is",
      "info: says",
      (one) => ({ info: async () => ({ ...(await (one.info?.() as ReturnType<WholeStore["info"]>)), backend: "" }) }),
    ],
    [
      "has a list without an end",
      "list: nothing is there twice",
      (one) => ({
        list: async (options) => ({ ...(await (one.list?.(without(options, "after")) as ReturnType<WholeStore["list"]>)), hasMore: true }),
      }),
    ],
  ])("finds a store that %s", async (_fault, failing, spoil) => {
    const { failed } = await outcomeOf(spoiled(spoil), failing)
    expect(failed.length).toBeGreaterThan(0)
    expect(
      (
        await outcomeOf(
          spoiled(() => ({})),
          failing,
        )
      ).failed,
    ).toEqual([])
  })

  it("passes over what a store does not have, by name", async () => {
    const { names, failed, passedOver } = await outcomeOf(spoiled(() => ({ put: undefined as never, watch: undefined as never })))
    expect(failed).toEqual([])
    const needing = (word: string) => names.filter((name) => name.startsWith(word))
    expect(passedOver).toEqual(
      expect.arrayContaining([...needing("put:"), ...needing("watch:"), ...needing("full:"), ...needing("reopen:")]),
    )
    expect(passedOver.length).toBeLessThan(names.length / 2)
  })

  it("passes over what a store is said not to have: no clause writes with an option that there is not", async () => {
    const names: string[] = []
    const failed: string[] = []
    const options = ["bound", "idle", "jitter"] as const
    const plain = (said: unknown): never => {
      const found = options.find((name) => typeof said === "object" && said !== null && name in said)
      if (found !== undefined) throw new Error(`it has no ${found}`)
      return said as never
    }
    const open = spoiled((one) => ({
      set: async (key, value, said) => one.set(key, value, plain(said)),
      put: (async (key: string, value: unknown, said: unknown) => one.put?.(key, value, plain(said))) as never,
      update: (async (key: string, change: never, said: unknown) => one.update?.(key, change, plain(said))) as never,
      increment: (async (key: string, by: number, said: unknown) => one.increment?.(key, by, plain(said))) as never,
      getOrSet: (async (key: string, load: never, said: unknown) => one.getOrSet?.(key, load, plain(said))) as never,
      setMany: (async (entries: Iterable<readonly unknown[]>, said: unknown) => {
        if (Array.isArray(entries)) for (const entry of entries) if (Array.isArray(entry)) plain(entry[2])
        return one.setMany?.(entries as never, plain(said))
      }) as never,
    }))
    const run = (name: string, work: () => Promise<void>) => names.push(name) && runs.push(() => work().catch(() => failed.push(name)))
    const runs: (() => Promise<unknown>)[] = []
    storeContract(run, open, { without: [...options, "limits"] })
    for (const one of runs) await one()
    expect([failed, names.length > 100]).toEqual([[], true])
  })

  it("refuses a claim that there is not, by its place", () => {
    const wrong = () =>
      storeContract(
        () => {},
        stageStore(() => store()),
        { without: ["policies", "polices" as never] },
      )
    expect(wrong).toThrow(/^without\[1\] must be one of entry, .*; got "polices"/)
  })

  describe("says of what is no store what it lacks", () => {
    const firstOf = async (open: unknown): Promise<string> => {
      const runs: (() => Promise<void>)[] = []
      storeContract((_name, run) => runs.push(run), open as OpenStage)
      return String(await runs[0]?.().catch((error: unknown) => error))
    }
    const giving = (mailbox: unknown) => async () => ({ time: virtualTime(), acquire: async () => mailbox, close: async () => {} })
    const map = new Map()
    const half = { get: async () => undefined, set: async () => true, info: 5 }

    it.each<[said: string, open: unknown]>([
      ["open must give a stage; got undefined", () => undefined],
      ["the stage must have time, acquire and close; it lacks close", async () => ({ time: virtualTime(), acquire: async () => map })],
      ["acquire must give a store; got undefined", giving(undefined)],
      ["acquire must give a store, with get, set, has, delete and release at least; it lacks release", giving(map)],
      ["acquire must give a store, with get, set, has, delete and release at least; it lacks has, delete, release", giving(half)],
    ])("%s", async (said, open) => {
      expect(await firstOf(open)).toContain(said)
    })

    it("and of what answers at once what it has answered", async () => {
      const atOnce = { get: () => 1, set: () => true, has: () => true, delete: () => true, release: () => true }
      const { failed } = await outcomeOf(giving(atOnce) as never, "keys: what is none is Invalid, for each")
      expect(failed).toHaveLength(1)
      const runs: (() => Promise<void>)[] = []
      storeContract((name, run) => name.startsWith("keys: what is none") && runs.push(run), giving(atOnce) as never)
      expect(String(await runs[0]?.().catch((error: unknown) => error))).toContain("should be refused with INVALID; it was answered with")
    })
  })
})
