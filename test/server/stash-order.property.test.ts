import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { server } from "../../src/index.ts"
import { type Latch, latch } from "../support/latch.ts"
import { seeds } from "../support/seeds.ts"
import { openStage } from "../support/stage.ts"

/** `put`: a message comes, the next number. `release`: the handlers of these are done, in one moment, one after the other. */
type Step = { readonly op: "put" | "open" | "close" } | { readonly op: "release"; readonly which: readonly number[] }

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ op: fc.constantFrom("put", "put", "put", "open", "close") }), weight: 3 },
  { arbitrary: fc.record({ op: fc.constant("release"), which: fc.uniqueArray(fc.nat(11), { maxLength: 5 }) }), weight: 2 },
)

/** Puts aside what finds it closed; each handler that does goes on until its number is released. */
function door(log: number[], gates: readonly Latch[]) {
  return server({
    concurrency: 100,
    init: () => ({ isOpen: false }),
    cast: {
      put: (state, n: number, self): unknown => {
        if (state.isOpen) return void log.push(n)
        const stashed = self.stash()
        return gates[n]?.promise.then(() => stashed)
      },
      open: (state, _none: undefined, self) => {
        state.isOpen = true
        self.unstashAll()
      },
      close: (state) => {
        state.isOpen = false
      },
    },
  })
}

/** The same by one list, in the order of stashing. */
class Model {
  readonly log: number[] = []
  readonly #released = new Set<number>()
  #isOpen = false
  #aside: { readonly n: number; isCalledBack: boolean }[] = []

  put(n: number): void {
    if (this.#isOpen) this.log.push(n)
    else this.#aside.push({ n, isCalledBack: false })
  }

  open(): void {
    this.#isOpen = true
    for (const each of this.#aside) each.isCalledBack = true
    this.#comeBack()
  }

  close(): void {
    this.#isOpen = false
  }

  release(which: readonly number[]): void {
    for (const n of which) this.#released.add(n)
    this.#comeBack()
  }

  #comeBack(): void {
    const back = this.#aside.filter(({ n, isCalledBack }) => isCalledBack && this.#released.has(n))
    this.#aside = this.#aside.filter((each) => !back.includes(each))
    for (const { n } of back) this.put(n)
  }
}

describe("what handlers put aside that wait side by side", () => {
  it("comes back in the order of stashing, once it is called back and its handler is done", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { runtime, time } = await openStage()
        const log: number[] = []
        const gates = Array.from({ length: 40 }, () => latch())
        const pid = runtime.spawn(door(log, gates))
        const model = new Model()
        let last = -1
        for (const each of steps) {
          if (each.op === "put") {
            last += 1
            model.put(last)
            pid.cast.put(last)
          } else if (each.op === "release") {
            model.release(each.which)
            for (const n of each.which) gates[n]?.open()
          } else {
            model[each.op]()
            pid.cast[each.op]()
          }
          await time.settle()
        }
        expect(log).toEqual(model.log)
        const { accepted, handled, waiting } = runtime.statistics()
        expect(accepted).toBe(handled + waiting)
        void runtime.stop({ timeoutMs: 0 })
        await time.settle()
      }),
      seeds(200, 8),
    )
  })
})
