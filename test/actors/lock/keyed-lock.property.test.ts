import fc from "fast-check"
import { expect, it } from "vitest"
import { child, KeyedLockMailbox, keyedLock, type Pid, type Runtime, server } from "../../../actors/index.ts"
import { KeyedLockModel, type ModelWork } from "../../models/keyed-lock-model.ts"
import { bootApp } from "../../support/app.ts"
import { seeds } from "../../support/seeds.ts"

/** Clients 0 and 1 are outside; the others are processes. */
const CLIENTS = 4
const OUTSIDE = 2
const CAPACITY = 7
const KEYS = ["a", "b", "c"]
/** The supervisor gives up on more within 5 s. */
const MOST_CRASHES = 3

type Command =
  | { readonly type: "ask"; readonly client: number; readonly key: string; readonly isPatient: boolean }
  | { readonly type: "end" | "cancel"; readonly pick: number }
  | { readonly type: "leave"; readonly client: number }
  | { readonly type: "wait" }
  | { readonly type: "crash"; readonly isKill: boolean }

const client = fc.nat(CLIENTS - 1)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("ask" as const), client, key: fc.constantFrom(...KEYS), isPatient: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("end" as const), pick: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leave" as const), client }) },
  { weight: 1, arbitrary: fc.constant({ type: "wait" as const }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("cancel" as const), pick: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("crash" as const), isKill: fc.boolean() }) },
)

const ofKey = (names: readonly string[], key: string): readonly string[] => names.filter((name) => name.startsWith(key))

type Ask = (work: ModelWork) => void

class Trial {
  readonly model = new KeyedLockModel(CAPACITY)
  readonly begun: string[] = []
  readonly outcomes: Record<string, string> = {}
  /** What has begun and not ended, whether or not it still has its key. */
  readonly #under = new Map<string, () => void>()
  readonly #runtime: Runtime<{ readonly "app:locks": KeyedLockMailbox }>
  readonly #clients: { readonly ask: Ask; leave(): unknown }[] = []
  readonly #isRetained: boolean
  readonly #signals = new Map<string, AbortController>()
  #crashes = 0

  constructor(runtime: Runtime<{ readonly "app:locks": KeyedLockMailbox }>, isRetained: boolean) {
    this.#runtime = runtime
    this.#isRetained = isRetained
  }

  async open(index: number): Promise<void> {
    this.#clients[index] = index < OUTSIDE ? await this.#outside() : await this.#process()
  }

  async #outside() {
    const locks = await this.#runtime.acquire("app:locks")
    return { ask: this.#by(locks), leave: () => locks.release() }
  }

  async #process() {
    const by = (locks: KeyedLockMailbox) => this.#by(locks)
    const holder = server({
      init: async (_: undefined, self) => ({ ask: by(await self.acquire("app:locks", { as: KeyedLockMailbox })) }),
      call: { ask: ({ ask }, work: ModelWork) => ask(work), ready: () => true },
    })
    const pid = this.#runtime.spawn(holder)
    await pid.call.ready()
    return { ask: (work: ModelWork) => void pid.call.ask(work), leave: () => this.#runtime.exit(pid, "kill") }
  }

  #by(locks: KeyedLockMailbox): Ask {
    return ({ name, key, isPatient }) => {
      const work = () => {
        this.begun.push(name)
        return new Promise<string>((resolve) => this.#under.set(name, () => resolve("done")))
      }
      const note = (outcome: string) => {
        this.outcomes[name] = outcome
      }
      const { signal } = this.#signals.get(name) ?? {}
      const limits = { timeoutMs: isPatient ? Number.POSITIVE_INFINITY : 10, signal }
      locks.hold(key, work, limits).then(note, (error) => note(error._tag))
    }
  }

  async run(commands: readonly Command[], time: { settle(): Promise<void>; advance(ms: number): Promise<void> }): Promise<void> {
    for (const [index, each] of commands.entries()) {
      const step = `${index}: ${JSON.stringify(each)}`
      if (each.type === "ask") this.#ask({ name: `${each.key}${index}`, ...each })
      if (each.type === "end") this.#end(each.pick)
      if (each.type === "leave") await this.#leave(each.client, () => time.settle())
      if (each.type === "cancel") this.#cancel(each.pick)
      if (each.type === "crash") this.#crash(each.isKill)
      if (each.type === "wait") await time.advance(20)
      if (each.type === "wait") this.model.wait()
      await time.settle()
      // Which of two keys is given first no model says.
      for (const key of KEYS) expect(ofKey(this.begun, key), step).toEqual(ofKey(this.model.begun, key))
      expect(this.outcomes, step).toEqual(this.model.outcomes)
    }
    while (this.#under.size > 0) {
      this.#end(0)
      await time.settle()
    }
    await time.advance(20)
  }

  #cancel(pick: number): void {
    const names = [...this.#signals.keys()]
    const name = names[pick % names.length]
    if (name === undefined) return
    this.#signals.get(name)?.abort()
    this.model.cancel(name)
  }

  #crash(isKill: boolean): void {
    this.#crashes += 1
    if (this.#crashes > MOST_CRASHES) return
    this.#runtime.exit(this.#runtime.whereis("app:locks") as Pid, isKill ? "kill" : { error: new Error("crash") })
    this.model.crash(this.#isRetained)
  }

  #ask(work: ModelWork): void {
    this.#signals.set(work.name, new AbortController())
    this.#clients[work.client]?.ask(work)
    this.model.ask(work)
  }

  #end(pick: number): void {
    const names = [...this.#under.keys()]
    const name = names[pick % names.length]
    if (name === undefined) return
    this.#under.get(name)?.()
    this.#under.delete(name)
    this.model.end(name)
  }

  async #leave(index: number, settle: () => Promise<void>): Promise<void> {
    void this.#clients[index]?.leave()
    this.model.leave(index)
    await settle()
    await this.open(index)
  }
}

it("a keyed lock does as the naive model does, whoever asks, gives up, leaves or dies, and whatever crashes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), fc.boolean(), async (commands, isRetained) => {
      const rules = { state: isRetained ? "retain" : "reset", backoff: { initialMs: 0, maxMs: 0 } } as const
      const { runtime, time } = await bootApp({ "app:locks": child(keyedLock({ capacity: CAPACITY }), rules) })
      const trial = new Trial(runtime, isRetained)
      for (let index = 0; index < CLIENTS; index += 1) await trial.open(index)
      await trial.run(commands, time)
      const stopped = runtime.stop()
      await time.advance(60_000)
      await stopped
      expect(time.armedTimers).toBe(0)
    }),
    seeds(200, 8),
  )
}, 60_000)
