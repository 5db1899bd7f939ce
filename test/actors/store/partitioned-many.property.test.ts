/** Many keys and their order, in a store with partitions: as a plain map has them, whatever is written between two pages, and whichever partition crashes. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { partitionIndex } from "../../../src/service/partition.ts"
import { readAll } from "../../support/read-all.ts"
import { seeds } from "../../support/seeds.ts"
import { buildStore, type StoreStage } from "../../support/store-stage.ts"

/** One more crash within 5 s, and their supervisor gives up. */
const crashesOf = (partitions: number): number => 3 * partitions

const key = fc.tuple(fc.constantFrom("a", "ab", "b", "\u00ff", "\ud83d\ude00", "\uffee"), fc.nat(30)).map(([word, n]) => `${word}${n}`)
const keys = fc.array(key, { maxLength: 40 })
const prefix = fc.constantFrom("", "a", "ab", "b", "b1", "\ud83d\ude00", "none")

interface OfMany {
  readonly type: "setMany" | "deleteMany" | "getMany"
  readonly keys: readonly string[]
  readonly value: number
}

interface OfPage {
  readonly type: "list"
  readonly prefix: string
  readonly after: string | undefined
  readonly limit: number
}

interface OfPrefix {
  readonly type: "walk" | "entries" | "count" | "clear"
  readonly prefix: string
}

type Command = OfMany | OfPage | OfPrefix | { readonly type: "crash"; readonly partition: number }

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constantFrom("setMany" as const, "setMany" as const, "deleteMany" as const), keys, value: fc.nat(99) }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("getMany" as const), keys, value: fc.constant(0) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("list" as const),
      prefix,
      after: fc.option(key, { nil: undefined }),
      limit: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom("walk" as const, "entries" as const, "count" as const, "clear" as const), prefix }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("crash" as const), partition: fc.nat(4) }) },
)

const inOrder = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

class Pair {
  readonly #stage: StoreStage
  readonly #partitions: number
  readonly #model = new Map<string, number>()
  #crashes = 0

  constructor(stage: StoreStage, partitions: number) {
    this.#stage = stage
    this.#partitions = partitions
  }

  async run(step: Command): Promise<void> {
    if (step.type === "crash") return this.#crash(step.partition % this.#partitions)
    if (step.type === "list") return this.#list(step)
    return "keys" in step ? this.#many(step) : this.#prefixed(step)
  }

  async #many({ type, keys, value }: OfMany): Promise<void> {
    const { cache } = this.#stage
    if (type === "setMany") {
      const entries = keys.map((key, place): [string, number] => [key, value + place])
      expect(await cache.setMany(entries)).toEqual(entries.map(() => true))
      for (const [key, value] of entries) this.#model.set(key, value)
    }
    if (type === "deleteMany") expect(await cache.deleteMany(keys)).toEqual(keys.map((key) => this.#model.delete(key)))
    if (type === "getMany") expect(await cache.getMany(keys)).toEqual(keys.map((key) => this.#model.get(key)))
  }

  async #list({ prefix, after, limit }: OfPage): Promise<void> {
    const { items, cursor, hasMore } = await this.#stage.cache.list({ prefix, after, limit })
    const there = this.#keys(prefix).filter((key) => after === undefined || key > after)
    const page = there.slice(0, limit)
    expect([items.map(({ key }) => key), hasMore, cursor]).toEqual([page, there.length > page.length, page.at(-1) ?? after])
  }

  async #prefixed({ type, prefix }: OfPrefix): Promise<void> {
    const { cache } = this.#stage
    const there = this.#keys(prefix)
    if (type === "count") expect(await cache.count(prefix)).toBe(there.length)
    if (type === "walk") expect(await readAll(cache.keys(prefix))).toEqual(there)
    if (type === "entries") {
      const entries = await readAll(cache.entries(prefix))
      expect(entries.map(({ key, value }) => [key, value])).toEqual(there.map((key) => [key, this.#model.get(key)]))
    }
    if (type === "clear") {
      expect(await cache.clear(prefix)).toBe(there.length)
      for (const key of there) this.#model.delete(key)
    }
  }

  async #crash(partition: number): Promise<void> {
    this.#crashes += 1
    if (this.#crashes > crashesOf(this.#partitions)) return
    await this.#stage.crash(`app:cache#${partition}`)
    for (const key of [...this.#model.keys()]) if (partitionIndex(key, this.#partitions) === partition) this.#model.delete(key)
  }

  #keys(prefix: string): string[] {
    return [...this.#model.keys()].filter((key) => key.startsWith(prefix)).sort(inOrder)
  }
}

const open = (partitions: number): Promise<StoreStage> =>
  buildStore({ store: { partitions, maxEntries: 0 }, child: { backoff: { initialMs: 0, maxMs: 0 } } })

describe("many keys in a store with partitions", () => {
  it("are what a plain map has of them, in order, crashes of one partition among it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 25, size: "max" }), fc.constantFrom(1, 2, 5), async (steps, partitions) => {
        const stage = await open(partitions)
        const pair = new Pair(stage, partitions)
        for (const step of steps) await pair.run(step)
        await stage.runtime.stop()
        expect(stage.time.armedTimers).toBe(0)
        const { accepted, handled, returned, reported, waiting } = stage.runtime.statistics()
        expect(handled + returned + reported + waiting).toBe(accepted)
      }),
      seeds(60, 8),
    )
  })

  it("are walked through once each, where they stay, whatever is written between the pages", async () => {
    const staying = fc.uniqueArray(key, { minLength: 1, maxLength: 60 })
    const between = fc.array(fc.record({ isWrite: fc.boolean(), keys }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(staying, between, fc.integer({ min: 1, max: 9 }), async (stay, acts, limit) => {
        const stage = await open(4)
        const { cache } = stage
        const stays = new Set(stay)
        await cache.setMany(stay.map((key) => [key, 0]))
        const seen: string[] = []
        let after: string | undefined
        for (let page = 0, isMore = true; isMore; page += 1) {
          const { items, cursor, hasMore } = await cache.list({ after, limit })
          seen.push(...items.map(({ key }) => key))
          after = cursor
          isMore = hasMore
          const { isWrite = false, keys = [] } = acts[page] ?? {}
          const comers = keys.filter((key) => !stays.has(key))
          if (isWrite) await cache.setMany([...comers.map((key): [string, number] => [key, 1]), [stay[0] as string, page]])
          else await cache.deleteMany(comers)
        }
        expect(seen).toEqual([...new Set(seen)].sort(inOrder))
        expect(seen.filter((key) => stays.has(key))).toEqual([...stay].sort(inOrder))
        await stage.runtime.stop()
      }),
      seeds(60, 8),
    )
  })
})
