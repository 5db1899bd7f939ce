import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { copyIn, shareOut } from "../../../actors/store/stored-value.ts"
import { decodedValue } from "../../../actors/store/value-decoder.ts"
import { encodedValue } from "../../../actors/store/value-encoder.ts"
import { PigeonholeError } from "../../../src/index.ts"
import { exotic, holding, leaf, plain } from "../../support/carried-values.ts"
import { seeds } from "../../support/seeds.ts"

const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 200 })
const value = fc.oneof(plain, exotic, holding(fc.oneof(leaf, text))).filter((any) => any !== undefined)

describe("a value of any sorts", () => {
  it("comes back from its bytes as what it was", () => {
    fc.assert(
      fc.property(value, (any) => {
        const stored = copyIn(any)
        const got = decodedValue(encodedValue(stored))
        expect(isDeepStrictEqual(got, stored)).toBe(true)
        expect(isDeepStrictEqual(shareOut(got), any)).toBe(true)
      }),
      seeds(1000, 8),
    )
  })

  it("has the same bytes once it was read", () => {
    fc.assert(
      fc.property(value, (any) => {
        const bytes = encodedValue(copyIn(any))
        expect(encodedValue(decodedValue(bytes))).toEqual(bytes)
      }),
      seeds(300, 8),
    )
  })
})

describe("bytes of any sorts", () => {
  const mutated = fc.tuple(value, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })).map(([any, changes]) => {
    const bytes = encodedValue(copyIn(any))
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte
    return bytes
  })

  it("are a value, or are refused as Invalid and by nothing else", () => {
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 40 })), (bytes) => {
        try {
          shareOut(decodedValue(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(PigeonholeError)
          expect(error).toMatchObject({ kind: "INVALID" })
        }
      }),
      seeds(3000, 8),
    )
  })
})
