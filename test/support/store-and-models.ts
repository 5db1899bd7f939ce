/**
 * A store and what it is to do: random commands of several mailboxes, given to the store and to naive models, one for each of its partitions.
 *
 * What a test says of its own is a table: the keys, how many mailboxes, the lifetimes, what goes with a crash.
 */

import fc from "fast-check"
import { expect } from "vitest"
import type { StateAfterCrash, StoreMailbox, StoreOptions } from "../../actors/index.ts"
import { partitionIndex } from "../../src/service/partition.ts"
import { StoreModel } from "../models/store-model.ts"
import { buildStore, type StoreStage } from "./store-stage.ts"

export type StoreCommand =
  | {
      readonly type: "set"
      readonly by: number
      readonly key: string
      readonly value: number
      readonly ttl: number
      readonly bound: boolean
    }
  | { readonly type: "get" | "has" | "delete"; readonly by: number; readonly key: string }
  | { readonly type: "advance"; readonly ms: number }
  | { readonly type: "release"; readonly by: number }
  | { readonly type: "crash"; readonly partition: number }

export interface StoreWorld {
  readonly keys: readonly string[]
  /** Mailboxes that take part. */
  readonly callers: number
  /** Seconds; 0 for no end. */
  readonly ttls: readonly number[]
  /** `undefined`: it has none. */
  readonly partitions?: number
  readonly crashWeight: number
}

export function storeCommands({ keys, callers, ttls, partitions = 1, crashWeight }: StoreWorld): fc.Arbitrary<StoreCommand> {
  const by = fc.nat(callers - 1)
  const key = fc.constantFrom(...keys)
  const ttl = fc.constantFrom(...ttls)
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant("set" as const), by, key, value: fc.nat(99), ttl, bound: fc.boolean() }) },
    { weight: 5, arbitrary: fc.record({ type: fc.constantFrom("get" as const, "has" as const, "delete" as const), by, key }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.constantFrom(1, 19, 51, 300) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("release" as const), by }) },
    { weight: crashWeight, arbitrary: fc.record({ type: fc.constant("crash" as const), partition: fc.nat(partitions - 1) }) },
  )
}

/** Opens a store, carries the commands out there and in the models, each to the same answer, and stops it: nothing is left, and nothing was lost. */
export async function runStoreCommands(
  world: StoreWorld,
  options: StoreOptions,
  state: StateAfterCrash,
  commands: readonly StoreCommand[],
): Promise<void> {
  const { partitions } = world
  const stage = await buildStore({
    store: partitions === undefined ? options : { ...options, partitions },
    // Nothing is at stake here but the entries: what crashes comes back at once, however often.
    child: { state, backoff: { initialMs: 0, maxMs: 0 } },
  })
  const pair = new StoreAndModels(stage, world, options.maxEntries, state)
  await pair.open()
  for (const command of commands) await pair.run(command)
  await pair.agree()
  await stage.runtime.stop()
  expect(stage.time.armedTimers).toBe(0)
  const { accepted, handled, returned, reported, waiting } = stage.runtime.statistics()
  expect(handled + returned + reported + waiting).toBe(accepted)
}

interface Caller {
  readonly box: StoreMailbox
  readonly owner: number
}

/** More within 5 s, for each partition, and the supervisor gives up. */
const MOST_CRASHES = 3

class StoreAndModels {
  readonly #stage: StoreStage
  readonly #world: StoreWorld
  readonly #state: StateAfterCrash
  readonly #models: readonly StoreModel[]
  readonly #callers: Caller[] = []
  #owners = 0
  #crashes = 0

  constructor(stage: StoreStage, world: StoreWorld, maxEntries: number | undefined, state: StateAfterCrash) {
    this.#stage = stage
    this.#world = world
    this.#state = state
    this.#models = Array.from({ length: world.partitions ?? 1 }, () => new StoreModel(maxEntries))
  }

  async open(): Promise<void> {
    for (let place = 0; place < this.#world.callers; place += 1) this.#callers[place] = await this.#acquire()
  }

  async run(command: StoreCommand): Promise<void> {
    switch (command.type) {
      case "set":
        return this.#set(command)
      case "get":
      case "has":
      case "delete": {
        const expected = this.#modelOf(command.key)[command.type](command.key, this.#now)
        expect(await this.#caller(command.by).box[command.type](command.key)).toBe(expected)
        return
      }
      case "advance":
        return this.#stage.time.advance(command.ms)
      case "release":
        return this.#release(command.by)
      case "crash":
        return this.#crash(command.partition)
    }
  }

  async agree(): Promise<void> {
    const { box } = this.#caller(0)
    for (const key of this.#world.keys) expect(await box.get(key)).toBe(this.#modelOf(key).get(key, this.#now))
  }

  async #set({ by, key, value, ttl, bound }: StoreCommand & { type: "set" }): Promise<void> {
    const { box, owner } = this.#caller(by)
    const deadline = ttl === 0 ? Number.POSITIVE_INFINITY : this.#now + Math.max(1, Math.ceil(ttl * 1000))
    const isKept = this.#modelOf(key).set(key, { value, deadline, owner: bound ? owner : 0 }, this.#now)
    const outcome = await box.set(key, value, { ttl, bound }).catch((error: { readonly kind: string }) => error.kind)
    expect(outcome).toBe(isKept ? true : "UNAVAILABLE")
  }

  async #release(by: number): Promise<void> {
    const { box, owner } = this.#caller(by)
    expect(await box.release()).toBe(true)
    for (const model of this.#models) model.disown(owner)
    this.#callers[by] = await this.#acquire()
  }

  async #crash(partition: number): Promise<void> {
    this.#crashes += 1
    if (this.#crashes > MOST_CRASHES * this.#models.length) return
    await this.#stage.crash(this.#world.partitions === undefined ? undefined : `app:cache#${partition}`)
    if (this.#state === "reset") this.#models[partition]?.clear()
  }

  async #acquire(): Promise<Caller> {
    this.#owners += 1
    return { box: await this.#stage.runtime.acquire("app:cache"), owner: this.#owners }
  }

  #caller(by: number): Caller {
    const caller = this.#callers[by]
    if (caller === undefined) throw new Error(`there is no caller ${by}`)
    return caller
  }

  #modelOf(key: string): StoreModel {
    return this.#models[partitionIndex(key, this.#models.length)] as StoreModel
  }

  get #now(): number {
    return this.#stage.time.now()
  }
}
