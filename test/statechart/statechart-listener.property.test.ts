import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { assign, emit, setup } from "xstate"
import { statechart } from "../../src/xstate.ts"
import { type Latch, latch } from "../support/latch.ts"
import { seeds } from "../support/seeds.ts"
import { openStage } from "../support/stage.ts"

const counter = setup({
  types: { context: {} as { n: number }, events: {} as { type: "ADD" }, emitted: {} as { type: "added"; n: number } },
}).createMachine({
  context: { n: 0 },
  on: { ADD: { actions: [assign({ n: ({ context }) => context.n + 1 }), emit(({ context }) => ({ type: "added", n: context.n }))] } },
})

/** So many events in one burst, or: the listener is done with what it was told. */
type Step = { readonly op: "add"; readonly count: number } | { readonly op: "done" }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constant("add"), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ op: fc.constant("done") }),
)

/** What it has been told, with how many were left out before each; at most `room` wait, and the oldest goes first. */
class Model {
  readonly told: [n: number, missed: number][] = []
  readonly #room: number
  #waiting: number[] = []
  #missed = 0
  #isBusy = false

  constructor(room: number) {
    this.#room = room
  }

  add(n: number): void {
    this.#waiting.push(n)
    this.#next()
    while (this.#waiting.length > this.#room) {
      this.#waiting.shift()
      this.#missed += 1
    }
  }

  done(): void {
    this.#isBusy = false
    this.#next()
  }

  #next(): void {
    const first = this.#isBusy ? undefined : this.#waiting.shift()
    if (first === undefined) return
    this.told.push([first, this.#missed])
    this.#missed = 0
    this.#isBusy = true
  }
}

describe("a slow listener", () => {
  it.each(["snapshots", "events"] as const)("of %s is told in order, and every one is told or counted", async (what) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { runtime, time } = await openStage()
        const pid = runtime.spawn(statechart(counter))
        const model = new Model(what === "snapshots" ? 1 : 1024)
        const told: [number, number][] = []
        const gates: Latch[] = []
        const note = (n: number): Promise<void> => {
          told.push([n, subscription.missed])
          const gate = latch()
          gates.push(gate)
          return gate.promise
        }
        const subscription = what === "snapshots" ? pid.subscribe(({ context }) => note(context.n)) : pid.on("added", ({ n }) => note(n))
        let n = 0
        for (const each of steps) {
          if (each.op === "done") {
            if (gates.length > 0) model.done()
            gates.pop()?.open()
          } else {
            for (let count = 0; count < each.count; count += 1) {
              n += 1
              model.add(n)
              pid.send({ type: "ADD" })
            }
          }
          await time.settle()
        }
        expect(told).toEqual(model.told)
        void runtime.stop({ timeoutMs: 0 })
        await time.settle()
      }),
      seeds(100, 8),
    )
  })
})
