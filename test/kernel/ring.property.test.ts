import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Ring } from "../../src/kernel/ring.ts"
import { seeds } from "../support/seeds.ts"

type Command = { readonly op: "push" | "unshift" | "shift" | "partition" | "take"; readonly count: number }

const command: fc.Arbitrary<Command> = fc.record({
  op: fc.constantFrom("push", "push", "push", "unshift", "shift", "shift", "partition", "take"),
  count: fc.integer({ min: 1, max: 40 }),
})

/** Does the same to both, and says what each gave. */
function both(ring: Ring<number>, model: number[], { op, count }: Command, next: () => number): [unknown, unknown] {
  if (op === "shift") return [Array.from({ length: count }, () => ring.shift()), Array.from({ length: count }, () => model.shift())]
  if (op === "push") {
    for (let i = 0; i < count; i += 1) {
      const item = next()
      ring.push(item)
      model.push(item)
    }
    return [ring.size, model.length]
  }
  if (op === "unshift") {
    for (let i = 0; i < count; i += 1) {
      const item = next()
      ring.unshift(item)
      model.unshift(item)
    }
    return [ring.size, model.length]
  }
  const wanted = (item: number): boolean => item % count === 0
  if (op === "take") {
    const index = model.findIndex(wanted)
    return [ring.take(wanted), index < 0 ? undefined : model.splice(index, 1)[0]]
  }
  const rejected = model.filter((item) => !wanted(item))
  model.splice(0, model.length, ...model.filter(wanted))
  return [ring.partition(wanted), rejected]
}

describe("Ring", () => {
  it("does what an array does, whatever is asked of it in whatever order", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const ring = new Ring<number>()
        const model: number[] = []
        let last = 0
        const next = (): number => ++last
        for (const step of commands) {
          const [got, expected] = both(ring, model, step, next)
          expect(got).toEqual(expected)
          expect(ring.size).toBe(model.length)
        }
        expect(Array.from({ length: ring.size }, () => ring.shift())).toEqual(model)
      }),
      seeds(300, 8),
    )
  })
})
