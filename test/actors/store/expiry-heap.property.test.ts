import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ExpiryHeap } from "../../../actors/store/expiry-heap.ts"
import { takeDue } from "../../contracts/expiry.ts"
import { ExpiryModel } from "../../models/expiry-model.ts"
import { seeds } from "../../support/seeds.ts"

type Command =
  | { readonly type: "schedule"; readonly slot: number; readonly delay: number }
  | { readonly type: "cancel"; readonly slot: number }
  | { readonly type: "take"; readonly after: number; readonly most: number }

const slot = fc.nat(60)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("schedule" as const), slot, delay: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("cancel" as const), slot }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("take" as const), after: fc.nat(12), most: fc.integer({ min: 1, max: 8 }) }) },
)

describe("ExpiryHeap", () => {
  it("does under any schedule what a map that is looked through does", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200, size: "max" }), (commands) => {
        const heap = new ExpiryHeap()
        const model = new ExpiryModel()
        let now = 0
        for (const step of commands) {
          if (step.type === "schedule") {
            heap.schedule(step.slot, now + step.delay)
            model.schedule(step.slot, now + step.delay)
          } else if (step.type === "cancel") {
            heap.cancel(step.slot)
            model.cancel(step.slot)
          } else {
            now += step.after
            takeSome(heap, model, now, step.most)
          }
          agree(heap, model)
        }
        takeSome(heap, model, Number.MAX_VALUE, Number.POSITIVE_INFINITY)
        expect(heap.size).toBe(0)
      }),
      seeds(300, 8),
    )
  })
})

function takeSome(heap: ExpiryHeap, model: ExpiryModel, now: number, most: number): void {
  for (let taken = 0; taken < most; taken += 1) {
    const due = model.due(now)
    const slot = takeDue(heap, now)
    if (slot === -1) {
      expect(due).toEqual([])
      return
    }
    expect(due).toContain(slot)
    model.cancel(slot)
  }
}

function agree(heap: ExpiryHeap, model: ExpiryModel): void {
  expect(heap.size).toBe(model.deadlines.size)
  expect(heap.earliest()).toBeLessThanOrEqual(model.earliest)
  for (let slot = 0; slot <= 60; slot += 1) {
    const deadline = model.deadlines.get(slot) ?? Number.POSITIVE_INFINITY
    if (heap.deadlineOf(slot) !== deadline) throw new Error(`slot ${slot} is due at ${heap.deadlineOf(slot)}, not at ${deadline}`)
  }
}
