/** `getOrSet` against a naive model, in every kind of store: in memory, with partitions, on a database. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { LoadContext, StateAfterCrash, StoreMailbox } from "../../../actors/index.ts"
import { partitionIndex } from "../../../src/service/partition.ts"
import { FAIL_MS, LoadsModel, PENDING, type Run, STALE_MS, TTL_MS } from "../../models/loads-model.ts"
import { buildDurable } from "../../support/durable-stage.ts"
import { type Latch, latch } from "../../support/latch.ts"
import { MemoryDatabase } from "../../support/memory-database.ts"
import { seeds } from "../../support/seeds.ts"
import { buildStore } from "../../support/store-stage.ts"

const MAILBOXES = 3
/** With one hash tag: where there are partitions, they have one of their own, and one crash is all of theirs. */
const KEYS = ["a{x}", "b{x}"]
/** The supervisor gives up on more than three restarts in 5 s. */
const MOST_CRASHES = 3

const by = fc.nat(MAILBOXES - 1)
const key = fc.constantFrom(...KEYS)

/** All the ways in which something is written, and in which nothing is to be there. */
const WRITES: Readonly<Record<string, (mailbox: StoreMailbox, key: string, value: string) => Promise<unknown>>> = {
  set: (mailbox, name, value) => mailbox.set(name, value),
  put: (mailbox, name, value) => mailbox.put(name, value),
  setMany: (mailbox, name, value) => mailbox.setMany([[name, value]]),
  update: (mailbox, name, value) => mailbox.update(name, () => value, { ttl: 0 }),
  transaction: (mailbox, name, value) => mailbox.transaction([name], (tx) => tx.set(name, value)),
}
const REMOVALS: Readonly<Record<string, (mailbox: StoreMailbox, key: string) => Promise<unknown>>> = {
  delete: (mailbox, name) => mailbox.delete(name),
  take: (mailbox, name) => mailbox.take(name),
  deleteMany: (mailbox, name) => mailbox.deleteMany([name]),
  update: (mailbox, name) => mailbox.update(name, () => undefined),
  transaction: (mailbox, name) => mailbox.transaction([name], (tx) => tx.delete(name)),
  clear: (mailbox, name) => mailbox.clear(name),
}

const command = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant("ask" as const),
      by,
      key,
      timeoutMs: fc.constantFrom(30, 70, 1000),
      isPatient: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constantFrom("loaded" as const, "failed" as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("write" as const), key, how: fc.constantFrom(...Object.keys(WRITES)) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("remove" as const), key, how: fc.constantFrom(...Object.keys(REMOVALS)) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("touch" as const), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("cancel" as const), which: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.constantFrom(1, 29, 41, 110) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("release" as const), by }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("crash" as const) }) },
)
type Command = typeof command extends fc.Arbitrary<infer Given> ? Given : never

interface Called extends Latch<unknown> {
  readonly context: LoadContext<unknown>
}

interface Stage {
  readonly store: StoreMailbox
  readonly time: { settle(): Promise<void>; advance(ms: number): Promise<void>; readonly armedTimers: number }
  acquire(): Promise<StoreMailbox>
  crash(): Promise<void>
  stop(): Promise<void>
}

const told = (call: Promise<unknown>): Promise<unknown> => call.catch((error: { readonly kind?: string }) => error.kind ?? error)

class Trial {
  readonly #stage: Stage
  readonly #isRetained: boolean
  readonly #model = new LoadsModel()
  readonly #calls: Called[] = []
  readonly #outcomes: unknown[] = []
  readonly #signals: AbortController[] = []
  readonly #mailboxes: StoreMailbox[] = []
  /** A mailbox that was given back and acquired anew is another one. */
  readonly #numbers: number[] = []
  #lastNumber = 0
  #crashes = 0

  constructor(stage: Stage, isRetained: boolean) {
    this.#stage = stage
    this.#isRetained = isRetained
  }

  async run(commands: readonly Command[]): Promise<void> {
    const { store, time } = this.#stage
    for (let index = 0; index < MAILBOXES; index += 1) await this.#acquire(index)
    for (const [at, each] of commands.entries()) {
      await this.#do(each, at)
      await time.settle()
      const step = `${at}: ${JSON.stringify(each)}`
      expect(this.#outcomes, step).toEqual(this.#model.asks.map(({ outcome }) => outcome))
      for (const name of KEYS) {
        const aborted = this.#callsOf(name).map(({ context }) => context.signal.aborted)
        expect(aborted, step).toEqual(this.#runsOf(name).map(({ isAborted }) => isAborted))
      }
      expect(await Promise.all(KEYS.map((name) => store.get(name))), step).toEqual(KEYS.map((name) => this.#model.get(name)))
    }
    await this.#stage.stop()
    await time.settle()
    expect(this.#outcomes).not.toContain(PENDING)
    expect(time.armedTimers).toBe(0)
  }

  // Of different keys, which is called first is nobody's matter.
  #callsOf(name: string): readonly Called[] {
    return this.#calls.filter(({ context }) => context.key === name)
  }

  #runsOf(name: string): readonly Run[] {
    return this.#model.runs.filter(({ ask }) => ask.key === name)
  }

  async #acquire(index: number): Promise<void> {
    this.#mailboxes[index] = await this.#stage.acquire()
    this.#numbers[index] = this.#lastNumber
    this.#lastNumber += 1
  }

  async #do(each: Command, at: number): Promise<void> {
    const { store, time } = this.#stage
    switch (each.type) {
      case "ask":
        return this.#ask(each)
      case "loaded":
      case "failed":
        return this.#end(each.type, each.which, `loaded ${at}`)
      case "write":
        await WRITES[each.how]?.(store, each.key, `written ${at}`)
        return this.#model.write(each.key, `written ${at}`)
      case "remove":
        await REMOVALS[each.how]?.(store, each.key)
        return this.#model.delete(each.key)
      case "touch":
        await store.touch(each.key, TTL_MS / 1000)
        return this.#model.touch(each.key)
      case "cancel":
        return this.#cancel(each.which)
      case "advance":
        await time.advance(each.ms)
        return this.#model.advance(each.ms)
      case "release":
        await this.#mailboxes[each.by]?.release()
        this.#model.release(this.#numbers[each.by] as number)
        return this.#acquire(each.by)
      case "crash":
        return this.#crash()
    }
  }

  #ask(asked: Command & { type: "ask" }): void {
    const index = this.#outcomes.push(PENDING) - 1
    const patience = asked.isPatient ? { staleFor: STALE_MS / 1000, failFor: FAIL_MS / 1000 } : {}
    const mailbox = this.#mailboxes[asked.by] as StoreMailbox
    const load = (context: LoadContext<unknown>): Promise<unknown> => {
      const one = latch<unknown>()
      this.#calls.push({ ...one, context })
      return one.promise
    }
    const canceling = new AbortController()
    this.#signals.push(canceling)
    const limits = { ttl: TTL_MS / 1000, timeoutMs: asked.timeoutMs, signal: canceling.signal }
    told(mailbox.getOrSet(asked.key, load, { ...limits, ...patience })).then((outcome) => {
      this.#outcomes[index] = outcome
    })
    this.#model.ask(this.#numbers[asked.by] as number, asked.key, asked.timeoutMs, asked.isPatient)
  }

  #end(how: "loaded" | "failed", which: number, value: string): void {
    const open = this.#model.runs.filter((run) => !run.isDone)
    const run = open[which % Math.max(open.length, 1)]
    if (run === undefined) return
    const call = this.#callsOf(run.ask.key)[this.#runsOf(run.ask.key).indexOf(run)]
    if (how === "loaded") {
      call?.open(value)
      this.#model.loaded(run, value)
    } else {
      call?.fail("boom")
      this.#model.failed(run)
    }
  }

  #cancel(which: number): void {
    const open = this.#model.asks.filter(({ outcome }) => outcome === PENDING)
    const ask = open[which % Math.max(open.length, 1)]
    if (ask === undefined) return
    this.#signals[this.#model.asks.indexOf(ask)]?.abort()
    this.#model.cancel(ask)
  }

  async #crash(): Promise<void> {
    this.#crashes += 1
    if (this.#crashes > MOST_CRASHES) return
    await this.#stage.crash()
    this.#model.crash(this.#isRetained)
  }
}

const RULES = { backoff: { initialMs: 0, maxMs: 0 } }

async function inMemory(state: StateAfterCrash, partitions?: number): Promise<Stage> {
  const stage = await buildStore({ store: partitions === undefined ? {} : { partitions }, child: { state, ...RULES } })
  const { runtime, time, cache } = stage
  const own = partitions === undefined ? "app:cache" : `app:cache#${partitionIndex(KEYS[0] as string, partitions)}`
  return { store: cache, time, acquire: () => runtime.acquire("app:cache"), crash: () => stage.crash(own), stop: () => runtime.stop() }
}

async function onDatabase(): Promise<Stage> {
  const stage = await buildDurable({}, { store: { database: new MemoryDatabase() }, child: RULES })
  const { runtime, time, store } = stage
  return { store, time, acquire: () => runtime.acquire("app:entries"), crash: stage.crash, stop: () => runtime.stop() }
}

describe("getOrSet under any commands", () => {
  it.each<[string, boolean, () => Promise<Stage>]>([
    ["in memory, which is lost in a crash", false, () => inMemory("reset")],
    ["in memory, which is kept", true, () => inMemory("retain")],
    ["in a partition", false, () => inMemory("reset", 3)],
    ["on a database", true, onDatabase],
  ])(
    "answers all who ask, calls loads, aborts them and keeps values as the model does (%s)",
    { timeout: 60_000 },
    async (_name, isRetained, open) => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 30 }), async (commands) => new Trial(await open(), isRetained).run(commands)),
        seeds(150, 10),
      )
    },
  )
})
