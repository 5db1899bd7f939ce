import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { PigeonholeError, Policy, StateAfterCrash, StoreMailbox } from "../../../actors/index.ts"
import { StoreModel } from "../../models/store-model.ts"
import { seeds } from "../../support/seeds.ts"
import { buildStore, type StoreStage } from "../../support/store-stage.ts"

/** Some keys in a row: more of them than a store sees to in one turn, or fewer. */
interface Span {
  readonly from: number
  readonly count: number
}

interface ByPrefix {
  readonly type: "keys" | "count" | "clear" | "entries"
  readonly by: number
  readonly prefix: string
}

type Command =
  | { readonly type: "setMany"; readonly by: number; readonly span: Span; readonly ttl: number; readonly bound: boolean }
  | { readonly type: "getMany" | "deleteMany"; readonly by: number; readonly span: Span }
  | { readonly type: "list"; readonly by: number; readonly prefix: string; readonly after: number; readonly limit: number }
  | ByPrefix
  | { readonly type: "advance"; readonly ms: number }
  | { readonly type: "release"; readonly by: number }
  | { readonly type: "crash" }

const KEYS = 300
/** Two may do everything, and the last one what begins with "a". */
const CALLERS = 3
const GUEST = CALLERS - 1

const keyAt = (index: number): string => `${index % 3 === 0 ? "b" : "a"}:${String((index * 7) % KEYS).padStart(3, "0")}`
const keysIn = ({ from, count }: Span): string[] => Array.from({ length: count }, (_, index) => keyAt((from + index) % KEYS))

const by = fc.nat(CALLERS - 1)
const span = fc.record({ from: fc.nat(KEYS - 1), count: fc.oneof(fc.nat(5), fc.integer({ min: 100, max: KEYS })) })
const prefix = fc.constantFrom("", "a", "a:", "a:1", "b:29", "c")
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("setMany" as const), by, span, ttl: fc.constantFrom(0, 0, 0.02, 0.3), bound: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom("getMany" as const, "deleteMany" as const), by, span }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("list" as const), by, prefix, after: fc.nat(KEYS), limit: fc.constantFrom(1, 3, 200) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constantFrom("keys" as const, "count" as const, "clear" as const, "entries" as const), by, prefix }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.constantFrom(1, 19, 51, 300) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("release" as const), by }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("crash" as const) }) },
)

const POLICIES: readonly Policy[] = [
  { effect: "allow", actions: "*", resources: "*", conditions: [{ field: "principal.id", operator: "eq", value: "all" }] },
  { effect: "allow", actions: "store.get", resources: "*" },
  { effect: "allow", actions: "store.key.*", resources: "*", conditions: [{ field: "attributes.key", operator: "matches", value: "^a" }] },
  {
    effect: "allow",
    actions: "store.key.list",
    resources: "*",
    conditions: [{ field: "attributes.prefix", operator: "matches", value: "^a" }],
  },
]

describe("a store's operations on many keys, through its mailboxes", () => {
  it.each<StateAfterCrash>(["reset", "retain"])("do what a map with a clock does, crashes and denials among them (%s)", async (state) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { maxLength: 25, size: "max" }),
        fc.constantFrom(0, 150),
        fc.boolean(),
        async (commands, maxEntries, ordered) => {
          const stage = await buildStore({
            store: { maxEntries, ordered },
            child: { state, backoff: { initialMs: 0, maxMs: 0 } },
            policies: POLICIES,
            principal: "all",
          })
          const pair = new StoreAndModel(stage, new StoreModel(maxEntries), maxEntries, state)
          await pair.open()
          for (const step of commands) await pair.run(step)
          await stage.runtime.stop()
          expect(stage.time.armedTimers).toBe(0)
          const { accepted, handled, returned, reported, waiting } = stage.runtime.statistics()
          expect(handled + returned + reported + waiting).toBe(accepted)
        },
      ),
      seeds(60, 8),
    )
  })
})

class StoreAndModel {
  readonly #stage: StoreStage
  readonly #model: StoreModel
  readonly #maxEntries: number
  readonly #state: StateAfterCrash
  readonly #mailboxes: StoreMailbox[] = []
  /** By caller: the number of its present mailbox. */
  readonly #owners: number[] = []
  #lastOwner = 0
  #lastValue = 0
  #crashes = 0

  constructor(stage: StoreStage, model: StoreModel, maxEntries: number, state: StateAfterCrash) {
    this.#stage = stage
    this.#model = model
    this.#maxEntries = maxEntries
    this.#state = state
  }

  async open(): Promise<void> {
    for (let caller = 0; caller < CALLERS; caller += 1) await this.#acquire(caller)
  }

  async run(step: Command): Promise<void> {
    switch (step.type) {
      case "setMany":
        return this.#setMany(step)
      case "getMany":
        return this.#expect(
          step.by,
          keysIn(step.span),
          (cache, keys) => cache.getMany(keys),
          (key) => this.#model.get(key, this.#now),
        )
      case "deleteMany":
        return this.#expect(
          step.by,
          keysIn(step.span),
          (cache, keys) => cache.deleteMany(keys),
          (key) => this.#model.delete(key, this.#now),
        )
      case "list":
        return this.#list(step)
      case "advance":
        return this.#stage.time.advance(step.ms)
      case "release":
        return this.#release(step.by)
      case "crash":
        return this.#crash()
      default:
        return this.#byPrefix(step)
    }
  }

  async #setMany({ by, span, ttl, bound }: Command & { type: "setMany" }): Promise<void> {
    const keys = keysIn(span)
    const deadline = ttl === 0 ? Number.POSITIVE_INFINITY : this.#now + ttl * 1000
    const missing = new Set(keys.filter((key) => !this.#model.has(key, this.#now))).size
    const isFull = this.#maxEntries > 0 && this.#model.keys(this.#now).length + missing > this.#maxEntries
    this.#lastValue += 1
    const value = this.#lastValue
    const write = (cache: StoreMailbox): Promise<unknown> =>
      cache.setMany(
        keys.map((key) => [key, value] as const),
        { ttl, bound },
      )
    if (isFull && this.#may(by, keys)) {
      expect(await this.#outcome(write(this.#caller(by)))).toBe("UNAVAILABLE")
      return
    }
    const owner = bound ? (this.#owners[by] ?? 0) : 0
    await this.#expect(by, keys, write, (key) => this.#model.set(key, { value, deadline, owner }, this.#now))
  }

  /** Of each key what the model says of it; or all of it is denied, and the model is not asked. */
  async #expect(
    by: number,
    keys: readonly string[],
    act: (cache: StoreMailbox, keys: readonly string[]) => Promise<unknown>,
    ofModel: (key: string) => unknown,
  ): Promise<void> {
    const outcome = await this.#outcome(act(this.#caller(by), keys))
    expect(outcome).toEqual(this.#may(by, keys) ? keys.map(ofModel) : "PERMISSION_DENIED")
  }

  async #list({ by, prefix, after, limit }: Command & { type: "list" }): Promise<void> {
    const behind = after === KEYS ? undefined : keyAt(after)
    const outcome = this.#outcome(this.#caller(by).list({ prefix, after: behind, limit }))
    const page = (await outcome) as Awaited<ReturnType<StoreMailbox["list"]>> | string
    if (!this.#may(by, [prefix])) return expect(page).toBe("PERMISSION_DENIED")
    const there = this.#under(prefix).filter((key) => behind === undefined || key > behind)
    const wanted = there.slice(0, limit)
    expect(page).toMatchObject({ cursor: wanted.at(-1) ?? behind, hasMore: there.length > limit })
    expect(typeof page === "string" ? page : page.items.map(({ key }) => key)).toEqual(wanted)
  }

  async #byPrefix({ type, by, prefix }: ByPrefix): Promise<void> {
    const cache = this.#caller(by)
    const there = this.#under(prefix)
    if (!this.#may(by, [prefix])) {
      const asked = type === "keys" || type === "entries" ? gathered<unknown>(cache[type](prefix)) : cache[type](prefix)
      expect(await this.#outcome(asked)).toBe("PERMISSION_DENIED")
    } else if (type === "keys") expect(await gathered(cache.keys(prefix))).toEqual(there)
    else if (type === "count") expect(await cache.count(prefix)).toBe(there.length)
    else if (type === "entries") {
      const entries = await gathered(cache.entries(prefix))
      expect(entries.map(({ key, value }) => [key, value])).toEqual(there.map((key) => [key, this.#model.get(key, this.#now)]))
    } else {
      expect(await cache.clear(prefix)).toBe(there.length)
      for (const key of there) this.#model.delete(key, this.#now)
    }
  }

  /** In the order of their code units: that of a sort that is told no other. */
  #under(prefix: string): string[] {
    const keys = this.#model.keys(this.#now).filter((key) => key.startsWith(prefix))
    return keys.sort()
  }

  #may(by: number, keys: readonly string[]): boolean {
    return by !== GUEST || keys.every((key) => key.startsWith("a"))
  }

  #outcome(promise: Promise<unknown>): Promise<unknown> {
    return promise.catch((error: PigeonholeError) => error.kind)
  }

  async #release(by: number): Promise<void> {
    expect(await this.#caller(by).release()).toBe(true)
    this.#model.disown(this.#owners[by] ?? 0)
    await this.#acquire(by)
  }

  /** The supervisor gives up on more than three restarts in 5 s. */
  async #crash(): Promise<void> {
    this.#crashes += 1
    if (this.#crashes > 3) return
    await this.#stage.crash()
    if (this.#state === "reset") this.#model.clear()
  }

  async #acquire(by: number): Promise<void> {
    this.#lastOwner += 1
    this.#owners[by] = this.#lastOwner
    const { runtime } = this.#stage
    this.#mailboxes[by] = await (by === GUEST ? runtime.as({ id: "guest" }) : runtime).acquire("app:cache")
  }

  #caller(by: number): StoreMailbox {
    const mailbox = this.#mailboxes[by]
    if (mailbox === undefined) throw new Error(`there is no caller ${by}`)
    return mailbox
  }

  get #now(): number {
    return this.#stage.time.now()
  }
}

async function gathered<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
