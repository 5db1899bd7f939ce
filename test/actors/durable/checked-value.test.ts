/** A value as it stands in a database: what was changed there is not taken for a value, and what was written before there were checksums is one. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkedBytes, checkedValue } from "../../../actors/durable/checked-value.ts"
import { copyIn, shareOut } from "../../../actors/store/stored-value.ts"
import { encodedValue } from "../../../actors/store/value-encoder.ts"
import { holding, leaf } from "../../support/carried-values.ts"
import { seeds } from "../../support/seeds.ts"

const value = holding(leaf).filter((any) => any !== undefined)

describe("a value in a database", () => {
  it("comes back from its bytes as what it was, with a checksum and without", () => {
    fc.assert(
      fc.property(value, (any) => {
        const stored = copyIn(any)
        expect(shareOut(checkedValue(checkedBytes(stored)))).toEqual(any)
        expect(shareOut(checkedValue(encodedValue(stored)))).toEqual(any)
      }),
    )
  })

  it("is none where one of its bytes is another one, or is not there, wherever that is", () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.integer({ min: 1, max: 255 }), (any, place, change) => {
        const bytes = checkedBytes(copyIn(any))
        const at = place % bytes.length
        expect(() => checkedValue(bytes.subarray(0, at))).toThrow()
        bytes[at] = (bytes[at] as number) ^ change
        expect(() => checkedValue(bytes)).toThrow()
      }),
      seeds(1000, 8),
    )
  })
})
