import { describe, expect, it } from "vitest"
import { Ring } from "../../src/kernel/ring.ts"
import { collectGarbage } from "../support/garbage.ts"

function ringOf(items: readonly number[]): Ring<number> {
  const ring = new Ring<number>()
  for (const item of items) ring.push(item)
  return ring
}

function drain<T>(ring: Ring<T>): T[] {
  const items: T[] = []
  while (ring.size > 0) items.push(ring.shift() as T)
  return items
}

describe("Ring", () => {
  it("hands out what was pushed first, first", () => expect(drain(ringOf([1, 2, 3]))).toEqual([1, 2, 3]))

  it("gives undefined when it is empty", () => {
    const ring = ringOf([1])
    ring.shift()
    expect([ring.shift(), ring.size]).toEqual([undefined, 0])
  })

  it("keeps the order when it grows with its head in the middle", () => {
    const ring = ringOf([1, 2, 3, 4, 5, 6, 7, 8])
    for (let i = 0; i < 5; i += 1) ring.shift()
    for (let i = 9; i <= 40; i += 1) ring.push(i)
    expect(drain(ring)).toEqual(Array.from({ length: 35 }, (_, i) => i + 6))
  })
})

describe("Ring's memory", () => {
  it("holds nothing that was handed out", async () => {
    const ring = new Ring<object>()
    ring.push({ first: true })
    ring.push({ second: true })
    const handedOut = new WeakRef(ring.shift() as object)
    await collectGarbage()
    expect(handedOut.deref()).toBeUndefined()
    expect(ring.size).toBe(1)
  })

  it("stays as it is where a ring never runs empty, whatever goes through it", async () => {
    const ring = new Ring<object>()
    ring.push({ number: 0 })
    await collectGarbage()
    const before = process.memoryUsage().heapUsed
    for (let number = 1; number <= 1_000_000; number += 1) {
      ring.push({ number })
      ring.shift()
    }
    await collectGarbage()
    // A million objects take 16 MB and more, their slots 8 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(2_000_000)
    expect(drain(ring)).toEqual([{ number: 1_000_000 }])
  })

  it("is given back when a ring that has grown large runs empty", async () => {
    const ring = new Ring<number>()
    await collectGarbage()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 2_000_000; i += 1) ring.push(i)
    while (ring.size > 0) ring.shift()
    await collectGarbage()
    // Two million slots take 16 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4_000_000)
    ring.push(7)
    expect(ring.shift()).toBe(7)
  })
})

describe("Ring.partition", () => {
  it("keeps the wanted in order and returns the others in theirs", () => {
    const ring = ringOf([1, 2, 3, 4, 5, 6])
    expect(ring.partition((item) => item % 2 === 0)).toEqual([1, 3, 5])
    expect(drain(ring)).toEqual([2, 4, 6])
  })
})

describe("Ring.take", () => {
  it("removes the first that is wanted and leaves the others in order", () => {
    const ring = ringOf([1, 2, 3, 4])
    expect(ring.take((item) => item % 2 === 0)).toBe(2)
    expect(drain(ring)).toEqual([1, 3, 4])
  })

  it("removes nothing where none is wanted", () => {
    const ring = ringOf([1, 2])
    expect(ring.take(() => false)).toBeUndefined()
    expect(drain(ring)).toEqual([1, 2])
  })

  it("asks no further than the first that is wanted, so a full ring loses its oldest in O(1)", () => {
    const asked: number[] = []
    ringOf([1, 2, 3]).take((item) => asked.push(item) === 1)
    expect(asked).toEqual([1])
  })

  it("loses nothing when the predicate throws", () => {
    const ring = ringOf([1, 2, 3])
    const picky = (item: number): boolean => {
      if (item === 2) throw new Error("picky")
      return false
    }
    expect(() => ring.take(picky)).toThrow("picky")
    expect(drain(ring)).toEqual([1, 2, 3])
  })
})
