/** Leases against a naive model, in every kind of store: in memory, with partitions, on a database. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Lease, type PigeonholeError, type Runtime, type StateAfterCrash, StoreMailbox, server } from "../../../actors/index.ts"
import { partitionIndex } from "../../../src/service/partition.ts"
import type { VirtualTime } from "../../../src/testing.ts"
import { LeaseModel, type ModelWish } from "../../models/lease-model.ts"
import { buildDurable } from "../../support/durable-stage.ts"
import { MemoryDatabase } from "../../support/memory-database.ts"
import { seeds } from "../../support/seeds.ts"
import { buildStore } from "../../support/store-stage.ts"

/** Clients 0 and 1 are outside; the last is a process. */
const CLIENTS = 3
const OUTSIDE = 2
/** With one hash tag: where there are partitions, they have one of their own, and one crash is all of theirs. */
const KEYS = ["a{x}", "b{x}"]
/** All deadlines are multiples of it; leases end on even ones, and patience on odd ones. */
const STEP_MS = 25
const MOST_CRASHES = 2

type Command =
  | { readonly type: "ask"; readonly client: number; readonly key: string; readonly ttl: number; readonly waits: boolean }
  | { readonly type: "release"; readonly pick: number }
  | { readonly type: "renew"; readonly pick: number; readonly ttl: number }
  | { readonly type: "break"; readonly key: string }
  | { readonly type: "cancel"; readonly pick: number }
  | { readonly type: "leave"; readonly client: number }
  | { readonly type: "pass"; readonly steps: number }
  | { readonly type: "crash" }

const client = fc.nat(CLIENTS - 1)
const key = fc.constantFrom(...KEYS)
const pick = fc.nat(20)
/** In seconds; 0 is none. */
const ttl = fc.constantFrom(0, 0.1, 0.2, 0.5)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant("ask" as const), client, key, ttl, waits: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("release" as const), pick }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("renew" as const), pick, ttl }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("break" as const), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("cancel" as const), pick }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leave" as const), client }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("pass" as const), steps: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.constant({ type: "crash" as const }) },
)

interface Client {
  lease(wish: ModelWish): void
  leave(): unknown
}

interface Stage {
  readonly id: string
  readonly runtime: Pick<Runtime<object>, "spawn" | "exit" | "stop">
  readonly time: VirtualTime
  readonly store: StoreMailbox
  acquire(): Promise<StoreMailbox>
  crash(): Promise<void>
}

class Trial {
  readonly model = new LeaseModel()
  readonly #stage: Stage
  readonly #isRetained: boolean
  readonly #clients: Client[] = []
  readonly #leases = new Map<string, Lease>()
  readonly #errors = new Map<string, string>()
  readonly #asked: string[] = []
  readonly #signals: AbortController[] = []
  readonly #released = new Set<string>()
  #crashes = 0

  constructor(stage: Stage, isRetained: boolean) {
    this.#stage = stage
    this.#isRetained = isRetained
  }

  async open(index: number): Promise<void> {
    this.#clients[index] = index < OUTSIDE ? await this.#outside() : await this.#process()
  }

  async #outside(): Promise<Client> {
    const store = await this.#stage.acquire()
    return { lease: (wish) => this.#ask(store, wish), leave: () => store.release() }
  }

  async #process(): Promise<Client> {
    const { id } = this.#stage
    const ask = (store: StoreMailbox, wish: ModelWish) => this.#ask(store, wish)
    const holder = server({
      init: async (_: undefined, self) => ({ store: await self.acquire(id, { as: StoreMailbox }) }),
      call: { ask: ({ store }, wish: ModelWish) => ask(store, wish), ready: () => true },
    })
    const pid = this.#stage.runtime.spawn(holder)
    await pid.call.ready()
    return { lease: (wish) => void pid.call.ask(wish), leave: () => this.#stage.runtime.exit(pid, "kill") }
  }

  #ask(store: StoreMailbox, { name, key: wanted, ttlMs, waits, patienceMs }: ModelWish): void {
    const seconds = ttlMs === Number.POSITIVE_INFINITY ? 0 : ttlMs / 1000
    const signal = this.#signals[this.#asked.indexOf(name)]?.signal
    store.lease(wanted, { ttl: seconds, wait: waits }, { timeoutMs: patienceMs, signal }).then(
      (lease) => this.#leases.set(name, lease),
      (error: PigeonholeError) => this.#errors.set(name, error._tag),
    )
  }

  async run(commands: readonly Command[]): Promise<void> {
    for (const [index, each] of commands.entries()) {
      await this.#do(each, `${index}`)
      await this.#stage.time.settle()
      expect(this.#outcomes(), `${index}: ${JSON.stringify(each)}`).toEqual(this.model.outcomes)
    }
    for (const wanted of KEYS) expect((await this.#stage.store.leaseOf(wanted))?.fence).toBe(this.#fence(this.model.holder(wanted)))
    const fences = this.#asked.flatMap((name) => this.#fence(name) ?? [])
    expect(new Set(fences).size).toBe(fences.length)
  }

  #fence(name: string | undefined): number | undefined {
    return name === undefined ? undefined : this.#leases.get(name)?.fence
  }

  /** As the model tells them: who holds a lease and knows it, is told so by its signal where it is lost, and by nothing where it gave it back. */
  #outcomes(): Record<string, string> {
    return Object.fromEntries(
      this.#asked.map((name) => {
        const lease = this.#leases.get(name)
        return [name, lease === undefined ? (this.#errors.get(name) ?? "waiting") : this.#outcome(name, lease)]
      }),
    )
  }

  #outcome(name: string, { isHeld, signal }: Lease): string {
    if (isHeld) return signal.aborted ? "held, and its signal says that it is lost" : "held"
    return signal.aborted === this.#released.has(name) ? "over, and its signal says otherwise" : "over"
  }

  async #do(each: Command, index: string): Promise<void> {
    if (each.type === "ask") return this.#askFor(each, `${each.key}${index}`)
    if (each.type === "pass") return this.#pass(each.steps)
    if (each.type === "crash") return this.#crash()
    if (each.type === "leave") return this.#leave(each.client)
    if (each.type === "cancel") return this.#cancel(each.pick)
    if (each.type === "break") return expect(await this.#stage.store.breakLease(each.key)).toBe(this.model.break(each.key))
    const [name, lease] = [...this.#leases][each.pick % Math.max(this.#leases.size, 1)] ?? []
    if (name === undefined || lease === undefined) return
    if (each.type === "release") return this.#release(name, lease)
    const ttlMs = each.ttl === 0 ? Number.POSITIVE_INFINITY : each.ttl * 1000
    const isRenewed = await lease.renew(each.ttl).then(
      () => true,
      () => false,
    )
    // Of a mailbox that was given back it is over, and cannot be renewed either.
    expect(isRenewed).toBe(this.model.renew(name, ttlMs))
  }

  async #release(name: string, lease: Lease): Promise<void> {
    const isReleased = await lease.release()
    if (isReleased) this.#released.add(name)
    expect(isReleased).toBe(this.model.end(name))
  }

  #askFor(wish: Command & { type: "ask" }, name: string): void {
    const ttlMs = wish.ttl === 0 ? Number.POSITIVE_INFINITY : wish.ttl * 1000
    const asked = { name, key: wish.key, client: wish.client, ttlMs, waits: wish.waits, patienceMs: 5 * STEP_MS }
    this.#asked.push(name)
    this.#signals.push(new AbortController())
    this.#clients[wish.client]?.lease(asked)
    this.model.ask(asked)
  }

  #cancel(which: number): void {
    const place = which % Math.max(this.#asked.length, 1)
    const name = this.#asked[place]
    if (name === undefined) return
    this.#signals[place]?.abort()
    this.model.cancel(name)
  }

  /** Two steps at a time: what is asked for is asked for on even ones. */
  async #pass(steps: number): Promise<void> {
    for (let left = steps * 2; left > 0; left -= 1) {
      await this.#stage.time.advance(STEP_MS)
      this.model.pass(STEP_MS)
    }
  }

  async #leave(index: number): Promise<void> {
    void this.#clients[index]?.leave()
    this.model.leave(index)
    await this.#stage.time.settle()
    await this.open(index)
  }

  async #crash(): Promise<void> {
    this.#crashes += 1
    if (this.#crashes > MOST_CRASHES) return
    await this.#stage.crash()
    this.model.crash(this.#isRetained)
    await this.#pass(2)
  }
}

async function inMemory(state: StateAfterCrash, partitions?: number): Promise<Stage> {
  const stage = await buildStore({ store: partitions === undefined ? {} : { partitions }, child: { state } })
  const { runtime, time, cache, crash } = stage
  const id = "app:cache"
  const own = partitions === undefined ? id : `${id}#${partitionIndex(KEYS[0] as string, partitions)}`
  return { id, runtime, time, store: cache, acquire: () => runtime.acquire(id), crash: () => crash(own) }
}

async function onDatabase(): Promise<Stage> {
  const stage = await buildDurable({}, { store: { database: new MemoryDatabase() } })
  return { ...stage, id: "app:entries", acquire: () => stage.runtime.acquire("app:entries") }
}

describe("leases", () => {
  it.each<[string, boolean, () => Promise<Stage>]>([
    ["of a store whose state is lost in a crash", false, () => inMemory("reset")],
    ["of one whose state is kept", true, () => inMemory("retain")],
    ["of a partition", false, () => inMemory("reset", 3)],
    ["of a partition whose state is kept", true, () => inMemory("retain", 3)],
    ["of a durable store", false, onDatabase],
  ])(
    "%s are as the naive model has them, whoever asks, waits, gives up, renews, breaks, leaves or dies, and whatever crashes",
    async (_name, isRetained, open) => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 50 }), async (commands) => {
          const stage = await open()
          const trial = new Trial(stage, isRetained)
          for (let index = 0; index < CLIENTS; index += 1) await trial.open(index)
          await trial.run(commands)
          const stopped = stage.runtime.stop()
          await stage.time.advance(60_000)
          await stopped
          expect(stage.time.armedTimers).toBe(0)
        }),
        seeds(80, 8),
      )
    },
    60_000,
  )
})
