import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compileWildcard } from "../../src/security/wildcard.ts"
import { matchesWildcard } from "../models/policy-model.ts"
import { seeds } from "../support/seeds.ts"

const segment = fc.constantFrom("*", "a", "b", "ab", "$", "😀")
const separator = fc.constantFrom(".", ":")
const tail = fc.constantFrom("", "*", "a*")

/** Segments with separators between them, and maybe a wildcard at the end. */
const pattern = fc
  .tuple(fc.array(fc.tuple(segment, separator), { maxLength: 3 }), tail)
  .map(([parts, end]) => `${parts.flat().join("")}${end}`)
  .filter((text) => text !== "")
const name = fc
  .array(fc.tuple(fc.constantFrom("a", "b", "ab", "$", "😀", ""), separator), { maxLength: 4 })
  .map((parts) => parts.flat().join("").slice(0, -1))

describe("compileWildcard", () => {
  it("matches what a regular expression of the same meaning matches", () => {
    fc.assert(
      fc.property(pattern, name, (pattern, name) => {
        expect(compileWildcard(pattern, "actions")(name)).toBe(matchesWildcard(pattern, name))
      }),
      seeds(2000, 8),
    )
  })

  it("matches a name with itself, and with any beginning of it and a *", () => {
    fc.assert(
      fc.property(name, fc.nat(8), (name, length) => {
        fc.pre(name !== "")
        expect(compileWildcard(name, "actions")(name)).toBe(true)
        expect(compileWildcard(`${name.slice(0, length)}*`, "actions")(name)).toBe(true)
      }),
    )
  })
})
