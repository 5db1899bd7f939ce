import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { StateAfterCrash, StoreMailbox } from "../../../actors/index.ts"
import { StoreModel } from "../../models/store-model.ts"
import { buildStore, type StoreStage } from "../../support/store-stage.ts"

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
  | { readonly type: "crash" }

const KEYS = ["a", "b", "c", "d"]
const CALLERS = 3
const by = fc.nat(CALLERS - 1)
const key = fc.constantFrom(...KEYS)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("set" as const),
      by,
      key,
      value: fc.nat(99),
      ttl: fc.constantFrom(0, 0, 0.0004, 0.02, 0.0505, 0.3, 2),
      bound: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constantFrom("get" as const, "has" as const, "delete" as const), by, key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.constantFrom(1, 19, 51, 300) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("release" as const), by }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("crash" as const) }) },
)

describe("a store, through its mailboxes", () => {
  it.each<StateAfterCrash>(["reset", "retain"])("does what a map with a clock does, crashes among it (%s)", async (state) => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40, size: "max" }), fc.constantFrom(0, 2), async (commands, maxEntries) => {
        const stage = await buildStore({
          store: { maxEntries },
          // Nothing is at stake here but the entries: the store comes back at once, however often it is crashed.
          child: { state, backoff: { initialMs: 0, maxMs: 0 } },
        })
        const pair = await StoreAndModel.open(stage, new StoreModel(maxEntries), state)
        for (const step of commands) await pair.run(step)
        await pair.agree()
        await stage.runtime.stop()
        expect(stage.time.armedTimers).toBe(0)
        const { accepted, handled, returned, reported, waiting } = stage.runtime.statistics()
        expect(handled + returned + reported + waiting).toBe(accepted)
      }),
      { numRuns: 60 },
    )
  })
})

class StoreAndModel {
  readonly #stage: StoreStage
  readonly #model: StoreModel
  readonly #state: StateAfterCrash
  readonly #mailboxes: { mailbox: StoreMailbox; owner: number }[] = []
  #lastOwner = 0
  #crashes = 0

  private constructor(stage: StoreStage, model: StoreModel, state: StateAfterCrash) {
    this.#stage = stage
    this.#model = model
    this.#state = state
  }

  static async open(stage: StoreStage, model: StoreModel, state: StateAfterCrash): Promise<StoreAndModel> {
    const pair = new StoreAndModel(stage, model, state)
    for (let caller = 0; caller < CALLERS; caller += 1) pair.#mailboxes.push(await pair.#acquire())
    return pair
  }

  async run(step: Command): Promise<void> {
    switch (step.type) {
      case "set":
        return this.#set(step)
      case "get":
      case "has":
      case "delete":
        expect(await this.#caller(step.by).mailbox[step.type](step.key)).toBe(this.#model[step.type](step.key, this.#now))
        return
      case "advance":
        return this.#stage.time.advance(step.ms)
      case "release":
        return this.#release(step.by)
      case "crash":
        return this.#crash()
    }
  }

  async agree(): Promise<void> {
    const { mailbox } = this.#caller(0)
    for (const key of KEYS) expect(await mailbox.get(key)).toBe(this.#model.get(key, this.#now))
  }

  async #set({ by, key, value, ttl, bound }: Command & { type: "set" }): Promise<void> {
    const { mailbox, owner } = this.#caller(by)
    const deadline = ttl === 0 ? Number.POSITIVE_INFINITY : this.#now + Math.max(1, Math.ceil(ttl * 1000))
    const isKept = this.#model.set(key, { value, deadline, owner: bound ? owner : 0 }, this.#now)
    const outcome = await mailbox.set(key, value, { ttl, bound }).catch((error: { readonly kind: string }) => error.kind)
    expect(outcome).toBe(isKept ? true : "UNAVAILABLE")
  }

  async #release(by: number): Promise<void> {
    const { mailbox, owner } = this.#caller(by)
    expect(await mailbox.release()).toBe(true)
    this.#model.disown(owner)
    this.#mailboxes[by] = await this.#acquire()
  }

  /** The supervisor gives up on more than three restarts in 5 s. */
  async #crash(): Promise<void> {
    this.#crashes += 1
    if (this.#crashes > 3) return
    await this.#stage.crash()
    if (this.#state === "reset") this.#model.clear()
  }

  async #acquire(): Promise<{ mailbox: StoreMailbox; owner: number }> {
    this.#lastOwner += 1
    return { mailbox: await this.#stage.runtime.acquire("app:cache"), owner: this.#lastOwner }
  }

  #caller(by: number): { mailbox: StoreMailbox; owner: number } {
    const caller = this.#mailboxes[by]
    if (caller === undefined) throw new Error(`there is no caller ${by}`)
    return caller
  }

  get #now(): number {
    return this.#stage.time.now()
  }
}
