/** The age of the oldest entry, judged by a list of all moments of writing. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { EntryAges } from "../../../actors/store/entry-ages.ts"
import { seeds } from "../../support/seeds.ts"

type Command =
  | { readonly type: "write"; readonly afterMs: number }
  | { readonly type: "remove" | "rewrite"; readonly which: number; readonly afterMs: number }

const afterMs = fc.oneof(fc.constant(0), fc.nat(20), fc.nat(1000), fc.nat(100_000))
const which = fc.double({ min: 0, max: 0.999, noNaN: true })
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant("write" as const), afterMs }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("remove" as const, "rewrite" as const), which, afterMs }) },
)

class Pair {
  readonly ages = new EntryAges()
  /** By version: when it was written. */
  readonly model = new Map<number, number>()
  now = 0
  #version = 0

  run(step: Command): void {
    this.now += step.afterMs
    const old = step.type === "write" ? undefined : [...this.model.keys()][Math.floor(step.which * this.model.size)]
    if (step.type !== "write" && old === undefined) return
    if (old !== undefined) {
      this.ages.gone(old)
      this.model.delete(old)
    }
    this.#version += 1
    if (step.type === "remove") return
    this.ages.written(this.#version, this.now)
    this.model.set(this.#version, this.now)
  }

  agree(): void {
    const truth = this.model.size === 0 ? undefined : Math.min(...this.model.values())
    const said = this.ages.oldestAt()
    if (truth === undefined || said === undefined) return expect(said).toBe(truth)
    expect(said).toBeLessThanOrEqual(truth)
    expect(truth - said).toBeLessThanOrEqual(Math.max(8, (this.now - said) / 8))
  }
}

describe("EntryAges", () => {
  it("is never too young, and at most an eighth too old, whatever is written, rewritten and removed", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 400, size: "max" }), (commands) => {
        const pair = new Pair()
        for (const step of commands) {
          pair.run(step)
          pair.agree()
        }
        pair.ages.recount(pair.model.keys())
        pair.agree()
      }),
      seeds(200, 8),
    )
  })

  it("keeps few spans, however long and however much is written", () => {
    const ages = new EntryAges()
    let now = 0
    for (let version = 1; version <= 200_000; version += 1) {
      now += 10 + version / 10
      ages.written(version, now)
    }
    expect(ages.spans).toBeLessThan(400)
  })
})
