/** The page of promises names the tests that hold each of them; all of those are there. */

import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { PROJECT } from "./house/source.ts"

interface Promised {
  readonly number: number
  readonly tests: readonly string[]
}

const rows = readFileSync(join(PROJECT, "ARCHITECTURE.md"), "utf8")
  .split("\n")
  .flatMap((line): Promised[] => {
    const [, number, what] = /^\| (\d+) \| (.*) \|$/.exec(line) ?? []
    if (number === undefined || what === undefined) return []
    return [{ number: Number(number), tests: [...what.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path ?? "") }]
  })

describe("the promises in ARCHITECTURE.md", () => {
  it("are numbered in order", () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from(rows, (_, index) => index + 1))
    expect(rows.length).toBeGreaterThan(20)
  })

  it.each(rows)("have tests: $number", ({ tests }) => {
    expect(tests).not.toEqual([])
    for (const path of tests) expect(globSync(path, { cwd: PROJECT }), path).not.toEqual([])
  })
})
