/** The bench runs: every arm of every suite, with small counts. Nothing here looks at how long anything takes. */

import { execFile } from "node:child_process"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { beforeAll, describe, expect, it } from "vitest"
import { type Arm, checked, runArm } from "./arm.ts"
import { readCommandLine } from "./command-line.ts"
import { timesAsFast } from "./contest.ts"
import { CANDIDATES, create } from "./expiry/candidates.ts"
import { selfCheck } from "./expiry/self-check.ts"
import { absenceOfTraces } from "./hit-ratio/traces.ts"
import type { Machine } from "./machine.ts"
import { absenceOfRedis } from "./redis-server.ts"
import { rightSum } from "./skynet.ts"
import { summarize } from "./statistics.ts"
import { type Comparison, figureOf, isMet, runSuite, type SuiteResult } from "./suite.ts"

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url))
const CONTESTS = { spawn: 2000, memory: 2000, "ping-pong": 1000, ring: 2000, "fan-in": 2000, skynet: 1000 }
const SUITES = [
  "ask",
  "scale",
  "heap",
  "lag",
  "expiry",
  "expiry-burst",
  "store",
  "store-rivals",
  "durable",
  "copy",
  "hit-ratio",
  ...Object.keys(CONTESTS),
  "supervision",
  "effect",
  "effect-handlers",
  "simulation",
]
const TIME_LIMIT_MS = 120_000

interface Outcome {
  readonly machine: Machine
  readonly mode: string
  readonly suites: readonly SuiteResult[]
}

const run = promisify(execFile)

function bench(...options: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [MAIN, ...options], { maxBuffer: 2 ** 26 })
}

function armsOf(outcome: Outcome, name: string): SuiteResult["arms"] {
  return outcome.suites.find(({ suite }) => suite === name)?.arms ?? []
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
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
    const arms = armsOf(outcome, name)
    expect(arms.length).toBeGreaterThan(0)
    for (const { arm, status, expected, completed, figures } of arms.filter((result) => result.status === "measured")) {
      expect({ arm, status, completed }).toEqual({ arm, status: "measured", completed: expected })
      expect(completed).toBeGreaterThan(0)
      const medians = Object.values(figures).map(({ median }) => median)
      expect(medians.length).toBeGreaterThan(0)
      expect(medians.every(Number.isFinite)).toBe(true)
    }
  })

  it.each(Object.entries(CONTESTS))("%s: every arm that runs does the same work, %i times", (name, work) => {
    const measured = armsOf(outcome, name).filter(({ status }) => status === "measured")
    expect(measured.map(({ arm, completed }) => ({ arm, completed }))).toEqual(measured.map(({ arm }) => ({ arm, completed: work })))
  })

  it.each(Object.keys(CONTESTS))("%s: we are held against Erlang, nact, XState and Effect", (name) => {
    const rivals = ["erlang", "nact", "xstate", "effect"]
    expect(rivals.filter((rival) => !armsOf(outcome, name).some(({ arm }) => arm.startsWith(rival)))).toEqual([])
  })

  it("supervision: all children are there at the end, of few and of many", () => {
    const children = armsOf(outcome, "supervision").map(({ figures }) => figures["children alive at the end"]?.median)
    expect(children).toEqual([100, 1000, 100, 1000])
  })

  it("skips only what this machine has no Erlang, no nact, no Redis or no traces for, and says so", ({ annotate }) => {
    const arms = outcome.suites.flatMap((suite) => suite.arms)
    const skipped = arms.filter(({ status }) => status === "skipped")
    const absent = [
      ...(outcome.machine.erlang === undefined ? ["erlang"] : []),
      ...(isInstalled("nact") ? [] : ["nact"]),
      ...(absenceOfRedis() === undefined ? [] : ["redis"]),
    ]
    const traced = absenceOfTraces() === undefined ? [] : armsOf(outcome, "hit-ratio")
    expect(skipped).toEqual(arms.filter((each) => traced.includes(each) || absent.some((name) => each.arm.startsWith(name))))
    for (const { arm, reason } of skipped) {
      expect(reason).toMatch(/^no (erl|nact|redis-server|traces) /)
      void annotate(`${arm}: skipped, ${reason}`)
    }
  })

  it("draws comparisons, and judges none: a smoke test's figures mean nothing", () => {
    const comparisons = outcome.suites.flatMap((suite) => suite.comparisons)
    expect(comparisons.length).toBeGreaterThan(0)
    expect(comparisons.filter(({ isMet }) => isMet !== undefined)).toEqual([])
  })
})

describe("runSuite", () => {
  const needy: Arm = { name: "needy", command: { runs: "node", file: "ask-map.ts", parameters: {}, needs: "no-such-package" } }
  const comparison: Comparison = { name: "needy", unit: "ns an ask", of: (round) => figureOf(round, "needy", "ns an ask") }

  it("skips an arm whose package is absent, saying which, and draws no comparison from it", async () => {
    const plan = () => ({ notes: [], groups: [{ rounds: 1, arms: [needy] }], comparisons: [comparison] })
    const { arms, comparisons } = await runSuite({ name: "needy", title: "", plan }, true, () => {})
    expect(arms).toMatchObject([{ arm: "needy", status: "skipped", reason: expect.stringContaining("no no-such-package in") }])
    expect(comparisons).toEqual([{ comparison: "needy", unit: "ns an ask" }])
  })
})

describe("runArm", () => {
  const sampling = { operations: 10, warmups: 0, samples: 2 }
  const map = (callers: number): Arm => ({
    name: "map",
    command: { runs: "node", file: "ask-map.ts", parameters: { callers, entries: 1, popular: 0, ...sampling } },
  })

  it("gives the report of an arm that completed all it was to", async () => {
    expect(await runArm(map(1), true)).toMatchObject({ expected: 20, completed: 20 })
  })

  it("fails for one that completed less: nobody asked", async () => {
    await expect(runArm(map(0), true)).rejects.toThrow("map: completed 0 of 20 operations")
  })

  it("fails for one that does not end in time", async () => {
    await expect(runArm(map(1), true, 1)).rejects.toThrow("map: did not end within 1 ms")
  })
})

describe("checked", () => {
  const reportOf = (completed: number, expected: number) => ({ completed, expected, figures: {} })

  it("passes a report on whose work is all done", () => {
    expect(checked("arm", reportOf(3, 3))).toEqual(reportOf(3, 3))
  })

  it.each([
    [2, 3],
    [4, 3],
    [0, 0],
  ])("fails for %i completed of %i", (completed, expected) => {
    expect(() => checked("arm", reportOf(completed, expected))).toThrow(`arm: completed ${completed} of ${expected} operations`)
  })
})

describe("isMet", () => {
  it.each([
    ["at_least", [false, true, true]],
    ["at_most", [true, true, false]],
    ["below", [true, false, false]],
  ] as const)("%s: below, at and above the bound", (rule, expected) => {
    expect([599, 600, 601].map((value) => isMet({ rule, bound: 600 }, value))).toEqual(expected)
  })
})

describe("timesAsFast", () => {
  const round = new Map([
    ["own", { "ns a hop": 100 }],
    ["erlang", { "ns a hop": 300 }],
    ["erlang +S 1", { "ns a hop": 200 }],
  ])

  it("holds an arm against the fastest of the others", () => {
    expect(timesAsFast("own", ["erlang", "erlang +S 1"], "ns a hop").of(round)).toBe(2)
  })

  it("gives nothing where one of them was skipped", () => {
    expect(timesAsFast("own", ["erlang", "nact"], "ns a hop").of(round)).toBeUndefined()
  })

  it("has a target where it is given a bound", () => {
    expect(timesAsFast("own", ["erlang"], "ns a hop", 2).target).toEqual({ rule: "at_least", bound: 2 })
    expect(timesAsFast("own", ["erlang"], "ns a hop").target).toBeUndefined()
  })
})

describe("rightSum", () => {
  it("is the one that skynet is known by", () => {
    expect(rightSum(1_000_000)).toBe(499_999_500_000)
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
