import { describe, expect, it } from "vitest"
import { nearestTo } from "../../../src/simulation/text/nearest.ts"

const marked = (length: number, ...marks: readonly number[]): readonly boolean[] =>
  Array.from({ length }, (_, position) => marks.includes(position))

describe("what is shown of many", () => {
  it("is all where there is room", () => {
    expect(nearestTo(marked(3), 3)).toEqual([0, 1, 2])
    expect(nearestTo([], 3)).toEqual([])
  })

  it("is what is marked, the last, and what is nearest to them", () => {
    expect(nearestTo(marked(20, 5), 5)).toEqual([4, 5, 6, 18, 19])
    expect(nearestTo(marked(20, 5), 6)).toEqual([4, 5, 6, 17, 18, 19])
  })

  it("is the last alone where there is room for one, and later marks before earlier ones", () => {
    expect(nearestTo(marked(10, 1, 2), 1)).toEqual([9])
    expect(nearestTo(marked(10, 1, 2), 2)).toEqual([2, 9])
  })
})
