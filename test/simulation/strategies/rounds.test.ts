/** What is no more than another round of the same. */

import { describe, expect, it } from "vitest"
import { Causality } from "../../../src/simulation/strategies/causality.ts"
import { Rounds } from "../../../src/simulation/strategies/rounds.ts"
import { choiceOf, stepOf } from "../../support/steps.ts"

/** Of messages that a process handles, each told as its sender and what it is: whether the later one before the earlier is another round of something. */
function isAnother(line: string, later: number, earlier: number): boolean {
  const steps = line.split(" ").map((each, id) => stepOf(choiceOf(id, { from: each[0] as string, what: each.slice(1) })))
  return new Rounds(steps, new Causality({ steps, decisions: [], explored: steps.length })).isAnother(later, earlier)
}

describe("another round", () => {
  it("is each but the first and the last, before which something comes, or which comes before something", () => {
    const before = [0, 1, 2, 3].map((earlier) => isAnother("ahas ahas ahas ahas bset", 4, earlier))
    expect(before).toEqual([false, true, true, false])
    const behind = [1, 2, 3, 4].map((later) => isAnother("bset ahas ahas ahas ahas", later, 0))
    expect(behind).toEqual([false, true, true, false])
  })

  it("is one more, where there were many before that", () => {
    expect(isAnother("ahas ahas ahas bset ahas", 4, 3)).toBe(true)
    expect(isAnother("ahas ahas bset ahas", 3, 2)).toBe(false)
  })

  it("is of one sender and of one kind, whatever others do meanwhile", () => {
    expect(isAnother("ahas bset ahas bput ahas bget", 5, 2)).toBe(true)
    expect(isAnother("ahas cset chas cput ahas bget", 5, 2)).toBe(false)
    expect(isAnother("ahas aget ahas aget ahas bset", 5, 2)).toBe(false)
  })
})
