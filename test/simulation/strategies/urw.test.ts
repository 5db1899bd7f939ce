/** Whoever has more to do yet is chosen as much more often, and what a server does is the work of who has asked. */

import { expect, it } from "vitest"
import { urw } from "../../../src/simulation/strategies/strategies.ts"
import { choiceOf, drawOf } from "../../support/steps.ts"

const STEPS = new Map([
  ["A", 9],
  ["B", 1],
])

it("each place of the one request among the nine is about as likely as any other", () => {
  const places = Array.from({ length: 2000 }, (_, seed) => {
    const strategy = urw(drawOf(seed + 1), { decisions: 10, prompt: 10, steps: STEPS, channels: new Map() })
    for (let done = 0; done < 9; done += 1) {
      const choices = [choiceOf(done, { actor: "store", from: "A" }), choiceOf(100, { actor: "store", from: "B" })]
      if (strategy.choose({ kind: "step", number: done, choices, base: 0 }) === 1) return done
    }
    return 9
  })
  for (let place = 0; place <= 9; place += 1) {
    const times = places.filter((each) => each === place).length
    expect(times).toBeGreaterThan(120)
    expect(times).toBeLessThan(300)
  }
})

it("what came where nothing else could is done as well: who has had most of it has no more before it than another", () => {
  const firsts = Array.from({ length: 2000 }, (_, seed) => {
    const strategy = urw(drawOf(seed + 1), { decisions: 10, prompt: 10, steps: STEPS, channels: new Map() })
    for (let done = 0; done < 8; done += 1) strategy.went?.(choiceOf(done, { kind: "reply", actor: "A" }))
    const choices = [choiceOf(8, { actor: "store", from: "A" }), choiceOf(100, { actor: "store", from: "B" })]
    return strategy.choose({ kind: "step", number: 0, choices, base: 0 })
  })
  const times = firsts.filter((each) => each === 1).length
  expect(times).toBeGreaterThan(900)
  expect(times).toBeLessThan(1100)
})
