import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { copyIn, shareOut } from "../../../actors/store/stored-value.ts"

const plain = fc.object({
  maxDepth: 5,
  key: fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString", "0", "length")),
  values: [
    fc.string(),
    fc.double(),
    fc.bigInt(),
    fc.boolean(),
    fc.constantFrom(null, undefined, -0, Number.NaN),
    fc.array(fc.integer(), { maxLength: 3 }),
  ],
})

const exotic = fc.object({ maxDepth: 3, withMap: true, withSet: true, withDate: true, withTypedArray: true, withSparseArray: true })

describe("copyIn", () => {
  it("makes of plain data what structuredClone makes of it, and freezes all of it", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const copy = copyIn(value)
        expect(isDeepStrictEqual(copy, structuredClone(value))).toBe(true)
        expect(shareOut(copy)).toBe(copy)
        expectFrozen(copy)
      }),
      { numRuns: 500 },
    )
  })

  it("shares out what structuredClone makes of data that cannot be frozen, whatever readers do to theirs", () => {
    fc.assert(
      fc.property(exotic, (value) => {
        const stored = copyIn(value)
        const expected = structuredClone(value)
        spoil(shareOut(stored))
        expect(isDeepStrictEqual(shareOut(stored), expected)).toBe(true)
        spoil(value)
        expect(isDeepStrictEqual(shareOut(stored), expected)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

function expectFrozen(value: unknown): void {
  if (typeof value !== "object" || value === null) return
  expect(Object.isFrozen(value)).toBe(true)
  for (const part of Object.values(value)) expectFrozen(part)
}

/** Changes all that can be changed, to the bottom. */
function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null) return
  for (const part of value instanceof Map || value instanceof Set ? value.values() : Object.values(value)) spoil(part)
  if (value instanceof Map || value instanceof Set) value.clear()
  else if (value instanceof Date) value.setTime(0)
  else if (ArrayBuffer.isView(value)) new Uint8Array(value.buffer).fill(1)
  else for (const name of Object.keys(value)) Reflect.deleteProperty(value, name)
}
