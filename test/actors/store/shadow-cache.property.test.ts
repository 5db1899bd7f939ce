import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FrequencySketch } from "../../../actors/store/frequency-sketch.ts"
import { ShadowCache } from "../../../actors/store/shadow-cache.ts"
import type { Shape } from "../../../actors/store/tiny-lfu-queues.ts"
import { EvictionModel } from "../../models/eviction-model.ts"
import { seeds } from "../../support/seeds.ts"

const LRU: Shape = { window: 1, protected: 0, margin: 0, sparesOnce: false }
const MIXED: Shape = { window: 0.2, protected: 0.65, margin: 1, sparesOnce: true }

// Hashes whose lowest bits are alike meet in the table: so those that had to give way are found and moved, too.
const hash = fc.nat(30).map((number) => (number << 10) | ((number % 3) << 7))
const command = fc.record({ type: fc.constantFrom("request", "request", "request", "forget"), hash })
/** Another capacity now and then. */
const sized = fc.record({ type: fc.constant("resize" as const), capacity: fc.integer({ min: 1, max: 24 }) })
const commandsAndSizes = fc.array(fc.oneof({ weight: 12, arbitrary: command }, { weight: 1, arbitrary: sized }), {
  maxLength: 300,
  size: "max",
})
const commands = fc.array(command, { maxLength: 300, size: "max" })
const capacity = fc.integer({ min: 1, max: 24 })

describe("ShadowCache", () => {
  it("would hit, by recency, what a list that is looked through holds", () => {
    fc.assert(
      fc.property(capacity, commandsAndSizes, (entries, steps) => {
        const shadow = new ShadowCache(entries, 24, LRU, new FrequencySketch(entries))
        const model = new EvictionModel()
        let most = entries
        for (const step of steps) {
          if (step.type === "forget") {
            shadow.forget(step.hash)
            model.removed(step.hash)
          } else if (step.type === "resize") {
            most = step.capacity
            shadow.resize(most)
          } else {
            expect(shadow.request(step.hash)).toBe(model.slots.includes(step.hash))
            model.added(step.hash)
          }
          while (model.slots.length > most) model.removed(model.victim(-1))
        }
      }),
      seeds(300, 8),
    )
  })

  it("holds what it was asked for last, and forgets what it is to forget, in any shape", () => {
    fc.assert(
      fc.property(capacity, commands, (entries, steps) => {
        const shadow = new ShadowCache(entries, entries, MIXED, new FrequencySketch(entries))
        for (const { type, hash } of steps) {
          if (type === "forget") {
            shadow.forget(hash)
            expect(shadow.request(hash)).toBe(false)
          } else {
            shadow.request(hash)
            expect(shadow.request(hash)).toBe(true)
          }
        }
      }),
      seeds(300, 8),
    )
  })
})
