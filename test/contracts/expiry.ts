/**
 * What an index of deadlines must do, whatever it is made of: it hands out slots whose deadline has come, never earlier,
 * never twice, and sooner or later all of them.
 */

import { describe, expect, it } from "vitest"

export interface ExpiryIndex {
  readonly size: number
  deadlineOf(slot: number): number
  earliest(): number
  schedule(slot: number, deadline: number): void
  cancel(slot: number): void
  nextDue(now: number): number
}

const NONE = -1
const NEVER = Number.POSITIVE_INFINITY

/** Takes the next out that is due; -1 where none is. */
export function takeDue(index: ExpiryIndex, now: number): number {
  const slot = index.nextDue(now)
  index.cancel(slot)
  return slot
}

/** Takes all that is due, in the order it comes. */
export function drain(index: ExpiryIndex, now: number): number[] {
  const due: number[] = []
  for (let slot = takeDue(index, now); slot !== NONE; slot = takeDue(index, now)) due.push(slot)
  return due
}

export function expiryContract(name: string, create: () => ExpiryIndex): void {
  describe(`${name}, as an index of deadlines`, () => {
    it("is empty at first: nothing is due, ever", () => {
      const index = create()
      expect([index.size, index.earliest(), takeDue(index, Number.MAX_VALUE), index.deadlineOf(0)]).toEqual([0, NEVER, NONE, NEVER])
    })

    it("knows the deadline of each slot that is filed, and Infinity for the others", () => {
      const index = create()
      index.schedule(3, 30)
      expect([index.deadlineOf(3), index.deadlineOf(2), index.deadlineOf(1_000_000)]).toEqual([30, NEVER, NEVER])
    })

    it("hands out a slot when its deadline has come, not before, and once", () => {
      const index = create()
      index.schedule(7, 100)
      expect(takeDue(index, 99.999)).toBe(NONE)
      expect(takeDue(index, 100)).toBe(7)
      expect(takeDue(index, 100)).toBe(NONE)
      expect(index.size).toBe(0)
    })

    it("hands out in the order of the deadlines", () => {
      const index = create()
      const deadlines = Array.from({ length: 500 }, (_, slot) => (slot * 7919) % 500)
      for (const [slot, deadline] of deadlines.entries()) index.schedule(slot, deadline)
      const taken = drain(index, 1000).map((slot) => deadlines[slot])
      expect(taken).toEqual([...deadlines].sort((one, other) => one - other))
    })

    it("forgets a slot that is canceled, and does not mind one that is not filed", () => {
      const index = create()
      for (let slot = 0; slot < 20; slot += 1) index.schedule(slot, slot)
      index.cancel(0)
      index.cancel(7)
      index.cancel(7)
      index.cancel(1_000_000)
      expect(index.size).toBe(18)
      expect(index.deadlineOf(7)).toBe(NEVER)
      expect(drain(index, 1000)).toEqual([...Array(20).keys()].filter((slot) => slot !== 0 && slot !== 7))
    })

    it("takes a deadline that is put off, and one that is brought forward", () => {
      const index = create()
      index.schedule(1, 10)
      index.schedule(2, 20)
      index.schedule(1, 30)
      index.schedule(2, 5)
      expect([index.deadlineOf(1), index.deadlineOf(2), index.size]).toEqual([30, 5, 2])
      expect(index.earliest()).toBeLessThanOrEqual(5)
      expect(drain(index, 5)).toEqual([2])
      expect(drain(index, 29)).toEqual([])
      expect(drain(index, 30)).toEqual([1])
    })

    it("takes a deadline that is put off and brought forward again", () => {
      const index = create()
      index.schedule(1, 10)
      index.schedule(1, 100)
      index.schedule(1, 50)
      expect(drain(index, 49)).toEqual([])
      expect(drain(index, 50)).toEqual([1])
    })

    it("never says that the earliest is later than it is, and finds it by looking", () => {
      const index = create()
      index.schedule(1, 10)
      index.schedule(2, 20)
      index.schedule(1, 40)
      expect(index.earliest()).toBeLessThanOrEqual(20)
      takeDue(index, 19)
      expect(index.earliest()).toBe(20)
    })

    it("files a slot again that was handed out", () => {
      const index = create()
      index.schedule(1, 10)
      takeDue(index, 10)
      index.schedule(1, 20)
      expect(takeDue(index, 19)).toBe(NONE)
      expect(takeDue(index, 20)).toBe(1)
    })

    it("holds many slots and far deadlines", () => {
      const index = create()
      const far = 100 * 365 * 24 * 3600 * 1000
      for (let slot = 0; slot < 5000; slot += 1) index.schedule(slot, far - slot)
      expect(index.size).toBe(5000)
      expect(index.earliest()).toBe(far - 4999)
      expect(drain(index, far).length).toBe(5000)
    })
  })
}
