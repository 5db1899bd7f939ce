import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { copyIn, shareOut } from "../../../actors/store/stored-value.ts"
import { exotic, holding, leaf, plain } from "../../support/carried-values.ts"
import { seeds } from "../../support/seeds.ts"

/** What cannot be carried; with the others it makes values that are refused as a whole. */
const uncarried: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  () => {},
  Symbol("s"),
  new (class Own {})(),
  new (class extends Map {})(),
  Object.assign(new Set(), { extra: 1 }),
  { [Symbol("s")]: 1 },
)

describe("a value of any sorts, nested at random", () => {
  it("comes back as what it was, to a reader and to the next, whatever readers do to theirs", () => {
    fc.assert(
      fc.property(holding(leaf), (value) => {
        fc.pre(value !== undefined)
        const stored = copyIn(value)
        const got = shareOut(stored)
        expect(isDeepStrictEqual(got, value)).toBe(true)
        if (got !== shareOut(stored)) spoil(got)
        expect(isDeepStrictEqual(shareOut(stored), value)).toBe(true)
      }),
      seeds(500, 8),
    )
  })

  it("comes back as what it was, or is refused as Invalid and by nothing else", () => {
    fc.assert(
      fc.property(holding(fc.oneof({ weight: 6, arbitrary: leaf }, { weight: 1, arbitrary: uncarried })), (value) => {
        let stored: unknown
        try {
          stored = copyIn(value)
        } catch (error) {
          expect(error).toMatchObject({ kind: "INVALID" })
          return
        }
        expect(isDeepStrictEqual(shareOut(stored), value)).toBe(true)
      }),
      seeds(300, 8),
    )
  })
})

describe("copyIn", () => {
  it("makes of plain data what structuredClone makes of it, and freezes all of it", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const copy = copyIn(value)
        expect(isDeepStrictEqual(copy, structuredClone(value))).toBe(true)
        expect(shareOut(copy)).toBe(copy)
        expectFrozen(copy)
      }),
      seeds(500, 8),
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
      seeds(300, 8),
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
