/** Which timers could fire next, and for which limits one is made. */

import { describe, expect, it } from "vitest"
import { Answer, Armed, type Asked, type Candidate } from "../../../src/simulation/scene/candidate.ts"
import { Timers } from "../../../src/simulation/scene/timers.ts"

const [LONG, SHORT] = [5000, 100]

/** An answer that is under way to somebody who waits for so long. */
function answerUpTo(limitMs: number, id: number): Answer {
  const asked = { asker: undefined, target: "target", operation: "get", limitMs, until: limitMs } as unknown as Asked
  const answer = new Answer(id, asked, false, () => {})
  answer.limitId = id + 1
  return answer
}

function made() {
  const runOut: Answer[] = []
  const timers = new Timers("contract", [], (answer) => void runOut.push(answer))
  const found = (isQuiet: boolean): Candidate[] => {
    const candidates: Candidate[] = []
    timers.find(candidates, isQuiet)
    return candidates
  }
  return { timers, runOut, found }
}

describe("a long limit of an answer that is under way", () => {
  it("is no timer as long as something else can happen", () => {
    const { timers, found } = made()
    const answer = answerUpTo(LONG, 1)
    timers.addLimit(answer)
    expect(found(false)).toEqual([])
    expect(answer.limit).toBeUndefined()
  })

  it("could run out where nothing else can happen, under the number that it was given", () => {
    const { timers, found } = made()
    const answer = answerUpTo(LONG, 1)
    timers.addLimit(answer)
    expect(found(true)).toEqual([answer.limit])
    expect(answer.limit?.choice).toMatchObject({ id: 2, kind: "timer", what: "time limit of get", at: LONG })
  })

  it("runs out once, and is there no more", () => {
    const { timers, found, runOut } = made()
    const answer = answerUpTo(LONG, 1)
    timers.addLimit(answer)
    found(true)
    answer.limit?.fire()
    expect(runOut).toEqual([answer])
    expect(found(true)).toEqual([])
  })

  it("is there no more when it was called off, whether or not somebody had looked at it", () => {
    const { timers, found } = made()
    const [one, other] = [answerUpTo(LONG, 1), answerUpTo(LONG, 3)]
    timers.addLimit(one)
    timers.addLimit(other)
    timers.callOff(one)
    expect(found(true)).toEqual([other.limit])
    timers.callOff(other)
    expect(found(true)).toEqual([])
  })

  it.each([
    ["before", 9, true],
    ["behind", 1, false],
  ])("comes %s a timer of the same process that is due at the same moment, as it was armed", (_, number, isFirst) => {
    const { timers, found } = made()
    const answer = answerUpTo(LONG, 5)
    timers.addLimit(answer)
    const other = new Armed(number, answer.choice.actor, "setTimeout", LONG, () => {})
    timers.add(other)
    expect(found(true)).toEqual([isFirst ? answer.limit : other])
  })
})

describe("a short limit", () => {
  it("could run out whatever else can happen, until it is called off", () => {
    const { timers, found } = made()
    const answer = answerUpTo(SHORT, 1)
    timers.addLimit(answer)
    expect(found(false)).toEqual([answer.limit])
    timers.callOff(answer)
    expect(found(false)).toEqual([])
  })
})
