/** A watch of all keys of a store with partitions, however slow its reader, and whichever partition crashes: it knows what is there in the end. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { StateAfterCrash, StoreWatch, WatchEvent } from "../../../actors/index.ts"
import { seeds } from "../../support/seeds.ts"
import { buildStore } from "../../support/store-stage.ts"

const PARTITIONS = 3
const KEYS = ["a", "b", "c", "d", "e", "f"]
/** One more within 5 s, and their supervisor gives up. */
const MOST_CRASHES = 3 * PARTITIONS

type Command =
  | { readonly type: "set" | "delete"; readonly key: string }
  | { readonly type: "crash"; readonly partition: number }
  | { readonly type: "read"; readonly count: number }
  | { readonly type: "advance"; readonly ms: number }
  | { readonly type: "again" }

const key = fc.constantFrom(...KEYS)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constantFrom("set" as const, "set" as const, "delete" as const), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("crash" as const), partition: fc.nat(PARTITIONS - 1) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("read" as const), count: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("advance" as const), ms: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("again" as const) }) },
)

const changes = (keys: string): Command[] => [...keys].map((key) => ({ type: "set", key }))

/** Of a partition that tells all anew, as another one had a gap, something older waits still. */
const AFTER_A_GAP: Command[] = [...changes("caaea"), { type: "read", count: 5 }, ...changes("e")]

/** Reads so much as it is let, and keeps what who forgets all at each reset and gap would have. */
class Reader {
  readonly mirror = new Map<string, unknown>()
  readonly last = new Map<string, number>()
  failed: unknown
  readonly #watch: StoreWatch
  #allowed = 0
  #isReading = false

  constructor(watch: StoreWatch) {
    this.#watch = watch
  }

  allow(count: number): void {
    this.#allowed += count
    if (this.#isReading) return
    this.#isReading = true
    void this.#read().catch((error: unknown) => {
      this.failed = error
    })
  }

  async #read(): Promise<void> {
    for (; this.#allowed > 0; this.#allowed -= 1) {
      const { value, done } = await this.#watch.next()
      if (done === true) return
      this.#see(value)
    }
    this.#isReading = false
  }

  #see({ type, key, value }: WatchEvent): void {
    if (key === undefined) this.mirror.clear()
    else if (type !== "set") this.mirror.delete(key)
    else {
      this.mirror.set(key, value)
      // Each write has a greater number than those before.
      const before = this.last.get(key) ?? 0
      if ((value as number) < before) throw new Error(`${key} was ${before}, and is told to be ${value}`)
      this.last.set(key, value as number)
    }
  }
}

describe("a watch of all keys of a store with partitions", () => {
  it.each<StateAfterCrash>(["reset", "retain"])("knows what is there in the end, in the order of each key (%s)", async (state) => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60, size: "max" }), fc.constantFrom(1, 3, 1_000), async (steps, room) => {
        const stage = await buildStore({
          store: { partitions: PARTITIONS, history: 3 },
          child: { state, backoff: { initialMs: 0, maxMs: 0 } },
        })
        const { cache, time, runtime } = stage
        const readers = [new Reader(cache.watch({ prefix: "", initial: true, room }))]
        let [written, crashes] = [0, 0]
        for (const step of steps) {
          if (step.type === "set") {
            written += 1
            await cache.set(step.key, written, written % 3 === 0 ? 0.03 : 0)
          } else if (step.type === "delete") await cache.delete(step.key)
          else if (step.type === "read") for (const reader of readers) reader.allow(step.count)
          else if (step.type === "advance") await time.advance(step.ms)
          else if (step.type === "again") readers.push(new Reader(cache.watch({ prefix: "", initial: true, room })))
          else if (step.type === "crash" && crashes < MOST_CRASHES) {
            crashes += 1
            await stage.crash(`app:cache#${step.partition}`)
          }
        }
        await time.advance(1_000)
        for (const reader of readers) reader.allow(Number.POSITIVE_INFINITY)
        await time.advance(1_000)
        const values = await cache.getMany(KEYS)
        const present = new Map(
          KEYS.map((key, place): [string, unknown] => [key, values[place]]).filter(([, value]) => value !== undefined),
        )
        for (const { mirror, failed } of readers) {
          expect(failed).toBeUndefined()
          expect(new Map([...mirror].sort())).toEqual(new Map([...present].sort()))
        }
        await runtime.stop()
        expect(time.armedTimers).toBe(0)
      }),
      { ...seeds(60, 8), examples: [[AFTER_A_GAP, 1]] },
    )
  })
})
