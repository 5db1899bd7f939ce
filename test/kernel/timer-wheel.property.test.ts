import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { TimerNode, TimerWheel } from "../../src/kernel/timer-wheel.ts"
import { seeds } from "../support/seeds.ts"

/** The naive judge: a list of deadlines, looked through from end to end. */
class Model {
  readonly armed = new Map<number, number>()

  /** What is due, in the order of the milliseconds; within one, by number, since their order there is the wheel's matter. */
  due(now: number): number[] {
    const due = [...this.armed].filter(([, deadline]) => Math.ceil(deadline) <= Math.floor(now))
    for (const [id] of due) this.armed.delete(id)
    return due.map(([id]) => id).sort((one, other) => one - other)
  }
}

class Numbered extends TimerNode {
  readonly id: number
  readonly #fire: (id: number, deadline: number) => void

  constructor(id: number, fire: (id: number, deadline: number) => void) {
    super()
    this.id = id
    this.#fire = fire
  }

  override expired(): void {
    this.#fire(this.id, this.deadline)
  }
}

const YEAR_MS = 365 * 24 * 3_600_000

/** Spread over every level of the wheel: from nothing to centuries, with fractions. */
const duration = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.double({ min: 0, max: 2000, noNaN: true }),
  fc.integer({ min: 0, max: 3_600_000 }),
  fc.integer({ min: 0, max: 40 * YEAR_MS }),
  fc.integer({ min: 0, max: 300 * YEAR_MS }),
)

type Command =
  | { readonly op: "arm"; readonly ms: number }
  | { readonly op: "cancel"; readonly index: number }
  | { readonly op: "advance"; readonly ms: number; readonly limit: number }

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant("arm" as const), ms: duration }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("cancel" as const), index: fc.nat(1000) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("advance" as const), ms: duration, limit: fc.integer({ min: 1, max: 8 }) }) },
)

const startMs = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1000, noNaN: true }), fc.integer({ min: 2 ** 40 - 500, max: 2 ** 40 }))

describe("TimerWheel", () => {
  it("fires exactly what a sorted list would, never early and in order, under random commands", () => {
    fc.assert(
      fc.property(startMs, fc.array(command, { maxLength: 120 }), (start, commands) => {
        let now = start
        const wheel = new TimerWheel(now)
        const model = new Model()
        const nodes: Numbered[] = []
        let fired: { id: number; deadline: number }[] = []
        const add = (): Numbered => {
          const node = new Numbered(nodes.length, (id, deadline) => fired.push({ id, deadline }))
          nodes.push(node)
          return node
        }
        /** No call may do more than it was allowed; and together they come to an end: a deadline goes down a level a step. */
        const advance = (limit: number): void => {
          let callsLeft = (nodes.length + 1) * 12
          for (let isMoreDue = true; isMoreDue; callsLeft -= 1) {
            if (callsLeft === 0) throw new Error("the wheel turns on the spot")
            const before = fired.length
            isMoreDue = wheel.advance(now, limit)
            expect(fired.length - before).toBeLessThanOrEqual(limit)
          }
        }
        const check = (): void => {
          for (const { deadline } of fired) expect(deadline).toBeLessThanOrEqual(now)
          const moments = fired.map(({ deadline }) => Math.max(Math.ceil(deadline), 0))
          expect(fired.map(({ id }) => id).sort((one, other) => one - other)).toEqual(model.due(now))
          expect(moments.filter((moment, i) => i > 0 && moment < (moments[i - 1] ?? 0))).toEqual([])
          expect(wheel.size).toBe(model.armed.size)
          fired = []
        }
        for (const step of commands) {
          if (step.op === "arm") {
            const node = add()
            wheel.arm(node, now + step.ms)
            model.armed.set(node.id, now + step.ms)
          } else if (step.op === "cancel") {
            const node = nodes[step.index % Math.max(nodes.length, 1)]
            if (node === undefined) continue
            wheel.cancel(node)
            model.armed.delete(node.id)
          } else {
            now += step.ms
            advance(step.limit)
            check()
          }
          expect(wheel.nextAt()).toBeLessThanOrEqual(Math.min(...[...model.armed.values()].map(Math.ceil), Number.POSITIVE_INFINITY))
        }
        now += 400 * YEAR_MS
        advance(1000)
        check()
        expect([wheel.size, wheel.nextAt()]).toEqual([0, Number.POSITIVE_INFINITY])
      }),
      seeds(400, 8),
    )
  })
})
