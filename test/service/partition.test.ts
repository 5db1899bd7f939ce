/** Which partition a key picks. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { partitionIndex } from "../../src/service/partition.ts"

const MANY = 65_536
const at = (key: string): number => partitionIndex(key, MANY)

describe("a hash tag", () => {
  it.each<readonly [key: string, tag: string]>([
    ["{user:7}.following", "user:7"],
    ["a{user:7}b{other}", "user:7"],
    ["a{{bar}}zap", "{bar"],
    ["{a}{b}", "a"],
    ["}{a}", "a"],
  ])("of %s alone picks: %s", (key, tag) => {
    expect(at(key)).toBe(at(tag))
  })

  it.each(["foo{}{bar}", "{", "}", "{a", "a}", "{}", "}a{", "a{b"])("is none in %s: all of the key picks", (key) => {
    const others = [key.replace("{", ""), key.replace("}", ""), "bar", "a", "b", "", `${key}x`].filter((other) => other !== key)
    expect(others.map(at)).not.toContain(at(key))
  })

  it("keeps whatever has it together, and spreads as keys do", () => {
    const plain = fc.string().map((text) => text.replace(/[{}]/g, ""))
    fc.assert(
      fc.property(
        plain,
        plain.filter((tag) => tag !== ""),
        fc.string(),
        (before, tag, after) => at(`${before}{${tag}}${after}`) === at(tag),
      ),
    )
    const used = new Set(Array.from({ length: 1000 }, (_, index) => partitionIndex(`{${index}}:same`, 16)))
    expect(used.size).toBe(16)
  })
})
