/** Which schedules are gone through for what they show. */

import { describe, expect, it } from "vitest"
import { Thrift } from "../../../src/simulation/strategies/thrift.ts"

/** The numbers of those that are gone through; `isNew` says of which that they show something. */
function goneThrough(thrift: Thrift, count: number, isNew: (number: number) => boolean): number[] {
  return Array.from({ length: count }, (_none, number) => number).filter((number) => {
    if (!thrift.isDue()) return false
    thrift.saw(isNew(number))
    return true
  })
}

describe("of many schedules", () => {
  it("all are gone through that show what is new, or not for long", () => {
    const all = Array.from({ length: 40 }, (_none, number) => number)
    expect(goneThrough(new Thrift(), 40, () => true)).toEqual(all)
    expect(goneThrough(new Thrift(), 40, (number) => number % 4 === 3)).toEqual(all)
  })

  it("the fewer are the longer they show nothing, and one in eight at the least", () => {
    const gone = goneThrough(new Thrift(), 60, () => false)
    expect(gone).toEqual([0, 1, 2, 3, 5, 7, 9, 11, 15, 19, 23, 27, 35, 43, 51, 59])
  })

  it("all are again from the first on that shows something", () => {
    const thrift = new Thrift()
    goneThrough(thrift, 100, () => false)
    thrift.saw(true)
    expect(goneThrough(thrift, 3, () => true)).toEqual([0, 1, 2])
  })
})
