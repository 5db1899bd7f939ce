/** How the contract of stores compares what came back with what was written. */

import { describe, expect, it } from "vitest"
import { differenceOf } from "../../actors/testing/sameness.ts"

function nested(levels: number, bottom: unknown): unknown {
  let value = bottom
  for (let level = 0; level < levels; level += 1) value = { below: value }
  return value
}

function cyclic(name: string): { self?: unknown; readonly name: string } {
  const value: { self?: unknown; readonly name: string } = { name }
  value.self = value
  return value
}

describe("values", () => {
  it("are compared however deep they are, whatever room there is on the stack", () => {
    expect(differenceOf(nested(50_000, 1), nested(50_000, 1))).toBeUndefined()
    expect(differenceOf(nested(50_000, 1), nested(50_000, 2))).toMatch(/^value(\.below){50000} is 1, and should be 2$/)
  })

  it("are compared with as many parts as they have", () => {
    const many = (last: number): readonly number[] => [...Array(300_000).fill(0), last]
    expect(differenceOf(many(1), many(1))).toBeUndefined()
    expect(differenceOf(many(1), many(2))).toBe("value.300000 is 1, and should be 2")
  })

  it("are compared once where they hold themselves, and told of by the first difference", () => {
    expect(differenceOf(cyclic("a"), cyclic("a"))).toBeUndefined()
    expect(differenceOf(cyclic("a"), cyclic("b"))).toBe('value.name is "a", and should be "b"')
    expect(differenceOf({ a: [1, { b: 2 }], c: 1 }, { a: [1, { b: 3 }], c: 2 })).toBe("value.a.1.b is 2, and should be 3")
    expect(differenceOf(new Map([["a", 1]]), new Map([["b", 1]]))).toBe('a name in value is "a", and should be "b"')
    expect(differenceOf([1], [1, 2])).toBe("value has 2 parts, and should have 3")
  })
})
