/** The tests that take longest begin first. */

import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { LONGEST, longestFirst } from "./house/longest-first.ts"
import { PROJECT } from "./house/source.ts"

describe("the files that take longest", () => {
  it("are there", () => {
    expect(LONGEST.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([])
  })

  it("begin first, and all others behind them as they were", () => {
    const [first = "", second = ""] = LONGEST.map((path) => join(PROJECT, path))
    expect(longestFirst(["b", second, "c", "a", first], (path) => path)).toEqual([first, second, "b", "c", "a"])
  })
})
