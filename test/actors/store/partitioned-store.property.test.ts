/** A store with partitions does what a map with a clock does, but that a crash costs the keys of its own partition alone. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { StateAfterCrash, StoreMailbox } from "../../../actors/index.ts"
import { partitionIndex } from "../../../src/service/partition.ts"
import { StoreModel } from "../../models/store-model.ts"
import { seeds } from "../../support/seeds.ts"
import { buildStore, type StoreStage } from "../../support/store-stage.ts"

const PARTITIONS = 3
const KEYS = ["a", "b", "c", "d", "e", "f"]
const CALLERS = 2
/** One more within 5 s, and their supervisor gives up. */
const MOST_CRASHES = 3 * PARTITIONS

const key = fc.constantFrom(...KEYS)
const by = fc.nat(CALLERS - 1)
const partition = fc.nat(PARTITIONS - 1)
const ttl = fc.constantFrom(0, 0, 0.02, 0.3, 2)

type Command =
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

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("set" as const), by, key, value: fc.nat(99), ttl, bound: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constantFrom("get" as const, "has" as const, "delete" as const), by, key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.constantFrom(1, 19, 51, 300) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("release" as const), by }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("crash" as const), partition }) },
)

type Caller = { readonly box: StoreMailbox; readonly owner: number }

class Pair {
  readonly #stage: StoreStage
  readonly #state: StateAfterCrash
  readonly #models = Array.from({ length: PARTITIONS }, () => new StoreModel())
  readonly #callers: Caller[] = []
  #owners = 0
  #crashes = 0

  constructor(stage: StoreStage, state: StateAfterCrash) {
    this.#stage = stage
    this.#state = state
  }

  async open(): Promise<void> {
    for (let place = 0; place < CALLERS; place += 1) this.#callers[place] = await this.#acquire()
  }

  async run(command: Command): Promise<void> {
    const now = this.#stage.time.now()
    if (command.type === "advance") return this.#stage.time.advance(command.ms)
    if (command.type === "crash") {
      this.#crashes += 1
      if (this.#crashes > MOST_CRASHES) return
      await this.#stage.crash(`app:cache#${command.partition}`)
      if (this.#state === "reset") this.#models[command.partition]?.clear()
      return
    }
    const { box, owner } = this.#callers[command.by] as Caller
    if (command.type === "release") {
      expect(await box.release()).toBe(true)
      for (const model of this.#models) model.disown(owner)
      this.#callers[command.by] = await this.#acquire()
    } else if (command.type === "set") {
      const { value, ttl, bound } = command
      const deadline = ttl === 0 ? Number.POSITIVE_INFINITY : now + Math.ceil(ttl * 1000)
      this.#modelOf(command.key).set(command.key, { value, deadline, owner: bound ? owner : 0 }, now)
      expect(await box.set(command.key, value, { ttl, bound })).toBe(true)
    } else {
      expect(await box[command.type](command.key)).toBe(this.#modelOf(command.key)[command.type](command.key, now))
    }
  }

  async agree(): Promise<void> {
    const now = this.#stage.time.now()
    for (const key of KEYS) expect(await this.#stage.cache.get(key)).toBe(this.#modelOf(key).get(key, now))
  }

  #modelOf(key: string): StoreModel {
    return this.#models[partitionIndex(key, PARTITIONS)] as StoreModel
  }

  async #acquire(): Promise<Caller> {
    this.#owners += 1
    return { box: await this.#stage.runtime.acquire("app:cache"), owner: this.#owners }
  }
}

describe("a store with partitions", () => {
  it.each<StateAfterCrash>(["reset", "retain"])(
    "does what a map with a clock does, crashes of one partition among it (%s)",
    async (state) => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 50, size: "max" }), async (steps) => {
          // Nothing is at stake here but the entries: what crashes comes back at once, however often.
          const rules = { state, backoff: { initialMs: 0, maxMs: 0 } }
          const stage = await buildStore({ store: { partitions: PARTITIONS }, child: rules })
          const pair = new Pair(stage, state)
          await pair.open()
          for (const step of steps) await pair.run(step)
          await pair.agree()
          await stage.runtime.stop()
          expect(stage.time.armedTimers).toBe(0)
          const { accepted, handled, returned, reported, waiting } = stage.runtime.statistics()
          expect(handled + returned + reported + waiting).toBe(accepted)
        }),
        seeds(60, 5),
      )
    },
  )
})
