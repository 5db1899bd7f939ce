/** The bench runs: every arm of every suite, with small counts. Nothing here looks at how long anything takes. */

import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { beforeAll, describe, expect, it } from "vitest"
import { readCommandLine } from "./command-line.ts"
import { CANDIDATES, create } from "./expiry/candidates.ts"
import { selfCheck } from "./expiry/self-check.ts"
import type { Machine } from "./machine.ts"
import { summarize } from "./statistics.ts"
import type { SuiteResult } from "./suite.ts"

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url))
const SUITES = ["ask", "scale", "heap", "lag", "expiry", "store"]
const TIME_LIMIT_MS = 60_000

interface Outcome {
  readonly machine: Machine
  readonly mode: string
  readonly suites: readonly SuiteResult[]
}

const run = promisify(execFile)

function bench(...options: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [MAIN, ...options], { maxBuffer: 2 ** 26 })
}

describe("npm run bench -- --quick --json", () => {
  let outcome: Outcome
  beforeAll(async () => {
    const { stdout } = await bench("--quick", "--json")
    outcome = JSON.parse(stdout) as Outcome
  }, TIME_LIMIT_MS)

  it("prints JSON and nothing else, with the machine it ran on", () => {
    expect(outcome.mode).toBe("quick")
    expect(outcome.machine.node).toBe(process.versions.node)
    expect(outcome.machine.cores).toBeGreaterThan(0)
  })

  it("runs every suite, in their order", () => {
    expect(outcome.suites.map(({ suite }) => suite)).toEqual(SUITES)
  })

  it.each(SUITES)("%s: every arm completes what it was to, and gives numbers", (name) => {
    const arms = outcome.suites.find(({ suite }) => suite === name)?.arms ?? []
    expect(arms.length).toBeGreaterThan(0)
    for (const { arm, status, expected, completed, figures } of arms.filter((result) => result.status === "measured")) {
      expect({ arm, status, completed }).toEqual({ arm, status: "measured", completed: expected })
      expect(completed).toBeGreaterThan(0)
      const medians = Object.values(figures).map(({ median }) => median)
      expect(medians.length).toBeGreaterThan(0)
      expect(medians.every(Number.isFinite)).toBe(true)
    }
  })

  it("skips only what this machine has no Erlang for, and says so", ({ annotate }) => {
    const skipped = outcome.suites.flatMap(({ arms }) => arms.filter(({ status }) => status === "skipped"))
    const erlang = outcome.suites.flatMap(({ arms }) => arms.filter(({ arm }) => arm.startsWith("erlang")))
    expect(erlang.length).toBe(4)
    expect(skipped).toEqual(outcome.machine.erlang === undefined ? erlang : [])
    for (const { arm, reason } of skipped) {
      expect(reason).toContain("no erl")
      void annotate(`${arm}: skipped, ${reason}`)
    }
  })

  it("draws comparisons, and judges none: a smoke test's figures mean nothing", () => {
    const comparisons = outcome.suites.flatMap((suite) => suite.comparisons)
    expect(comparisons.length).toBeGreaterThan(0)
    expect(comparisons.filter(({ isMet }) => isMet !== undefined)).toEqual([])
  })
})

describe("the bench's command line", () => {
  it("takes names of suites and options in any order", () => {
    expect(readCommandLine(["ask", "--json", "expiry", "--quick"])).toEqual({
      help: false,
      json: true,
      quick: true,
      names: ["ask", "expiry"],
    })
  })

  it("names every suite in its help", async () => {
    const { stdout } = await bench("--help")
    for (const suite of SUITES) expect(stdout).toContain(`  ${suite} `)
  })

  it("fails for a suite there is none of", async () => {
    await expect(bench("sak")).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("there is no suite sak") })
  })
})

describe("summarize", () => {
  it("gives the median with the least and the greatest", () => {
    expect(summarize([5, 1, 3])).toEqual({ median: 3, low: 1, high: 5, count: 3 })
    expect(summarize([4, 1, 2, 3]).median).toBe(2.5)
  })

  it("throws where nothing was measured", () => {
    expect(() => summarize([])).toThrow("nothing was measured")
  })
})

describe.each(CANDIDATES)("%s", (candidate) => {
  it.each([1, 2, 3])("does what a plain map of deadlines does (seed %i)", (seed) => {
    selfCheck(create(candidate), seed)
  })
})
