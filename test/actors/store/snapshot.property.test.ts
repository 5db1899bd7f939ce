/** Whatever happens, and whenever it ends: what a store begins with is what it had at the cut of the last snapshot that was complete. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { StoreMailbox } from "../../../actors/index.ts"
import type { SnapshotPlace, SnapshotWriter } from "../../../actors/store/snapshot.ts"
import { type KeptEntry, SnapshotHistory } from "../../models/snapshot-history.ts"
import { type Latch, latch } from "../../support/latch.ts"
import { seeds } from "../../support/seeds.ts"
import { buildStore, type StoreStage } from "../../support/store-stage.ts"

/** More than one slice. */
const KEYS = 600
const EVERY_MS = 100
/** Timers are due at whole milliseconds, commands come between them: a cut is never at the moment of a command, but at a stop. */
const BETWEEN_MS = 0.5
const NEVER = Number.POSITIVE_INFINITY

const keyIndex = fc.nat(KEYS - 1)
const command = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant("set" as const), key: keyIndex, value: fc.nat(99), ttl: fc.constantFrom(0, 0.05, 0.3) }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("delete" as const), key: keyIndex }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("clear" as const), from: keyIndex }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.constantFrom(1, 30, 101, 500) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("slow" as const), isSlow: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("fails" as const), at: fc.constantFrom("write", "append", "commit", undefined) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("crash" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("restart" as const),
      by: fc.constantFrom("stop", "death"),
      shiftMs: fc.constantFrom(0, 10, 200, -1000),
    }),
  },
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never

/** What outlives a program, and how the programs reach it: one that has died writes nothing any more. */
class Disk {
  kept: { readonly bytes: readonly Uint8Array[]; readonly life: number } | undefined = undefined
  life = 0
  failsAt: "write" | "append" | "commit" | undefined = undefined
  gate: Latch | undefined = undefined

  /** For the program of the present life. */
  place(program: number): SnapshotPlace {
    const step = async (name: Disk["failsAt"]): Promise<void> => {
      await this.gate?.promise
      if (program !== this.program) return new Promise(() => {})
      if (this.failsAt === name) throw new Error("failed")
    }
    return {
      read: async () => this.#pieces(),
      write: async () => {
        await step("write")
        return this.#writer(step)
      },
      setAside: () => expect.unreachable(),
    }
  }

  program = 0

  #writer(step: (name: Disk["failsAt"]) => Promise<void>): SnapshotWriter {
    const bytes: Uint8Array[] = []
    const { life } = this
    return {
      append: async (piece) => {
        await step("append")
        bytes.push(piece.slice())
      },
      commit: async () => {
        await step("commit")
        this.kept = { bytes, life }
      },
      discard: async () => {},
    }
  }

  async #pieces(): Promise<AsyncIterable<Uint8Array> | undefined> {
    const { kept } = this
    if (kept === undefined) return undefined
    return (async function* () {
      yield* kept.bytes
    })()
  }

  open(): void {
    this.gate?.open()
    this.gate = undefined
  }
}

class Lives {
  readonly #disk = new Disk()
  readonly #history = new SnapshotHistory()
  #stage!: StoreStage
  #entries = new Map<string, KeptEntry>()
  /** By how much the calendar is ahead of the clock in this program; the clock of each begins at 0. */
  #ahead = 1_000_000
  #crashes = 0

  async begin(): Promise<void> {
    await this.#boot()
    await Promise.all(Array.from({ length: KEYS }, (_, n) => this.#cache.set(`${n}`, n)))
    for (let n = 0; n < KEYS; n += 1) this.#entries.set(`${n}`, { value: n, deadline: NEVER })
    this.#note()
  }

  async run(step: Command): Promise<void> {
    switch (step.type) {
      case "set":
        await this.#cache.set(`${step.key}`, step.value, step.ttl)
        this.#entries.set(`${step.key}`, { value: step.value, deadline: step.ttl === 0 ? NEVER : this.#now + step.ttl * 1000 })
        return this.#note()
      case "delete":
        await this.#cache.delete(`${step.key}`)
        this.#entries.delete(`${step.key}`)
        return this.#note()
      case "clear":
        for (let n = step.from; n < Math.min(step.from + 300, KEYS); n += 1) {
          await this.#cache.delete(`${n}`)
          this.#entries.delete(`${n}`)
        }
        return this.#note()
      case "advance":
        return this.#stage.time.advance(step.ms)
      case "slow":
        if (step.isSlow) this.#disk.gate ??= latch()
        else this.#disk.open()
        return this.#stage.time.settle()
      case "fails":
        this.#disk.failsAt = step.at
        return
      case "crash":
        return this.#crash()
      case "restart":
        return this.#restart(step.by === "stop", step.shiftMs)
    }
  }

  async agree(): Promise<void> {
    for (let n = 0; n < KEYS; n += 1) {
      const entry = this.#entries.get(`${n}`)
      const isThere = entry !== undefined && entry.deadline > this.#now
      expect(await this.#cache.get(`${n}`)).toBe(isThere ? entry.value : undefined)
    }
  }

  async end(): Promise<void> {
    this.#disk.open()
    await this.#stage.runtime.stop({ timeoutMs: 0 })
  }

  async #boot(): Promise<void> {
    this.#disk.program += 1
    const snapshot = { to: this.#disk.place(this.#disk.program), everyMs: EVERY_MS }
    const child = { backoff: { initialMs: 0, maxMs: 0 } }
    this.#stage = await buildStore({ store: { maxEntries: 0, snapshot }, child, systemTimeMs: this.#ahead })
    await this.#stage.time.advance(BETWEEN_MS)
  }

  /** What is under way then is waited for by the next incarnation. */
  async #crash(): Promise<void> {
    this.#crashes += 1
    if (this.#crashes > 3) return
    const crashed = this.#stage.crash()
    this.#disk.open()
    await crashed
    await this.#restored()
  }

  /** Another program, with a clock of its own. */
  async #restart(isStopped: boolean, shiftMs: number): Promise<void> {
    this.#crashes = 0
    if (isStopped) this.#disk.open()
    else this.#disk.program += 1
    await this.#stage.runtime.stop(isStopped ? {} : { timeoutMs: 0 })
    this.#disk.open()
    this.#ahead += this.#now + shiftMs
    await this.#boot()
    await this.#restored()
  }

  async #restored(): Promise<void> {
    const { lastSnapshotAt } = await this.#cache.statistics()
    const { kept } = this.#disk
    this.#disk.life += 1
    this.#entries = new Map()
    if (kept !== undefined && lastSnapshotAt !== undefined) {
      const passedMs = Math.max(0, this.#now + this.#ahead - lastSnapshotAt)
      const found = this.#history.at(kept.life, lastSnapshotAt)
      for (const [key, { value, leftMs }] of found) this.#entries.set(key, { value, deadline: this.#now + leftMs - passedMs })
    } else expect([kept, lastSnapshotAt]).toEqual([undefined, undefined])
    this.#note()
    await this.agree()
  }

  /** By the calendar, so that the moments of several lives can be told: each has its own number. */
  #note(): void {
    const { life } = this.#disk
    const entries = [...this.#entries].map(([key, { value, deadline }]) => [key, { value, deadline: deadline + this.#ahead }] as const)
    this.#history.note(life, this.#now + this.#ahead, new Map(entries))
  }

  get #cache(): StoreMailbox {
    return this.#stage.cache
  }

  get #now(): number {
    return this.#stage.time.now()
  }
}

describe("a store with a place for its snapshots", () => {
  it("begins with the last cut that was complete, whatever happened, and goes on as a store", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40, size: "max" }), async (commands) => {
        const lives = new Lives()
        await lives.begin()
        for (const step of commands) await lives.run(step)
        await lives.agree()
        await lives.end()
      }),
      seeds(40, 8),
    )
  })
})
