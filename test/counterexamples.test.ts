/** What a property fails on is known at once, and not when all is over: whoever runs the tests may be cut off before. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { run } from "./house/command.ts"
import { type Counterexample, recordCounterexamples } from "./house/counterexamples.ts"
import { filesUnder, PROJECT } from "./house/source.ts"
import { withinTime } from "./support/seeds.ts"

/** `testTimeout` of `vitest.config.ts`. */
const USUAL_LIMIT_S = 20

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pigeonhole-counterexamples-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

function written(file: string): Counterexample[] {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Counterexample)
}

function parametersFor(file: string): fc.Parameters<[number]> {
  return { seed: 7, numRuns: 1000, examples: [[0]], plugins: [recordCounterexamples({ file, seed: 7, test: () => "a test" })] }
}

function thrownIn(work: () => void): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

describe("counterexamples", () => {
  it("are on disk before the first attempt to shrink them, with the seed and the path that replay them", () => {
    const file = join(folder, "not", "made", "yet.jsonl")
    const failed: number[] = []
    const seen: Counterexample[][] = []
    const property = fc.property(fc.nat(), (number) => {
      if (failed.length > 0) seen.push(written(file))
      if (number < 100_000) return
      failed.push(number)
      throw new Error(`${number} is too large`)
    })
    const details = fc.check(property, parametersFor(file))
    const first = { test: "a test", seed: 7, error: `Error: ${failed[0]} is too large`, value: `[${failed[0]}]`, isShrunk: false }
    expect(seen[0]).toEqual([{ ...first, path: expect.stringMatching(/^\d+$/) }])
    expect(written(file)).toMatchObject([first, { path: details.counterexamplePath, value: "[100000]", isShrunk: true }])

    for (const [place, { path }] of written(file).entries()) {
      const replayed = fc.check(property, { ...parametersFor(join(folder, `${place}.jsonl`)), path, endOnFailure: true })
      expect(replayed.counterexample).toEqual([place === 0 ? failed[0] : 100_000])
    }
  })

  it("are on disk as soon where the property waits", async () => {
    const file = join(folder, "counterexamples.jsonl")
    let seen: Counterexample[] | undefined
    let hasFailed = false
    const property = fc.asyncProperty(fc.nat(), async (number) => {
      if (hasFailed) seen ??= written(file)
      await Promise.resolve()
      hasFailed ||= number >= 1000
      expect(number).toBeLessThan(1000)
    })
    await fc.check(property, parametersFor(file))
    expect(seen).toMatchObject([{ isShrunk: false }])
    expect(written(file)).toHaveLength(2)
  })

  it("are none where the property holds, or where an input is passed over", () => {
    const file = join(folder, "counterexamples.jsonl")
    const even = fc.property(fc.nat(), (number) => fc.pre(number % 2 === 0))
    expect(thrownIn(() => fc.assert(even, parametersFor(file)))).toBeUndefined()
    expect(thrownIn(() => written(file))).toMatchObject({ code: "ENOENT" })
  })

  it("are looked for in every test, under a seed that is drawn before", () => {
    const { seed } = fc.readConfigureGlobal()
    let installed = 0
    const holding = fc.property(fc.nat(), () => {})
    const details = fc.check(holding, {
      plugins: [
        (place) => {
          installed = place
          return {}
        },
      ],
    })
    expect([details.seed, installed]).toEqual([seed, 1])
  })

  it("are named by .ci/run, above its last line", async () => {
    const [, summary = ""] = readFileSync(join(PROJECT, ".ci", "run"), "utf8").split(/<<'JS'\n|\nJS\n/)
    mkdirSync(join(folder, ".vitest"))
    const found = { test: "a test", seed: 7, path: "4384", error: "Error", value: "[1]", isShrunk: false }
    writeFileSync(join(folder, ".vitest", "counterexamples.jsonl"), `${JSON.stringify(found)}\n`)
    const { stdout } = await run("node", ["--input-type=commonjs", "--eval", summary], { cwd: folder })
    expect(stdout).toMatch(/counterexample: a test: \{ seed: 7, path: "4384" \}\n(.+\n)*0 passed, 1 failed\n$/)
  })
})

describe("how many runs a property is given", () => {
  it("is said by seeds(), which limits its time where the machine has other things to do, and lets it be raised by hand", () => {
    const ours = filesUnder("test", ".ts").filter((path) => !path.includes("/node_modules/"))
    expect(ours.filter((path) => /\bnumRuns: \d/.test(readFileSync(join(PROJECT, path), "utf8")))).toEqual(["test/counterexamples.test.ts"])
  })

  it("has less time than its test, whose limit would else be over first", () => {
    const files = filesUnder("test", ".property.test.ts").map((path) => readFileSync(join(PROJECT, path), "utf8"))
    const withoutLimit = files.filter((text) => !/limitOf|_000 \}|_000\)/.test(text))
    const given = withoutLimit.flatMap((text) => Array.from(text.matchAll(/seeds\(\d+, (\d+)\)/g), ([, seconds]) => Number(seconds)))
    expect(given.length).toBeGreaterThan(20)
    expect(Math.max(...given)).toBeLessThan(USUAL_LIMIT_S)
  })

  it("is less where its time is over, but none is left in the middle, which would go on beside the next property", async () => {
    let now = 0
    let begun = 0
    let ended = 0
    const slow = fc.asyncProperty(fc.nat(), async () => {
      begun += 1
      now += 400
      await new Promise((resolve) => setImmediate(resolve))
      ended += 1
    })
    const details = await fc.check(slow, { numRuns: 10, plugins: [withinTime(1000, () => now)] })
    expect([begun, ended]).toEqual([3, 3])
    expect(details).toMatchObject({ failed: false, interrupted: true, numRuns: 3 })
    const failing = fc.asyncProperty(fc.nat(), async () => Promise.reject(new Error("at once")))
    expect(await fc.check(failing, { numRuns: 10, plugins: [withinTime(1000, () => now)] })).toMatchObject({ failed: true })
  })
})
