/** The figures in README.md are those of the recorded run, and the machine is the one that it was made on. */

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { PROJECT } from "../house/source.ts"
import type { Machine } from "./machine.ts"
import type { SuiteResult } from "./suite.ts"
import { formatNumber } from "./table.ts"

interface RecordedRun {
  readonly date: string
  readonly machine: Machine
  readonly mode: string
  readonly suites: readonly SuiteResult[]
}

const recorded = JSON.parse(readFileSync(join(PROJECT, "test", "bench", "recorded-run.json"), "utf8")) as RecordedRun
const section = readFileSync(join(PROJECT, "README.md"), "utf8").split("\n## Figures\n")[1]?.split("\n## ")[0] ?? ""
const rows = section
  .split("\n")
  .filter((line) => /^\| `/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))

/** What the recorded run says of a comparison, as README.md is to print it. */
function figureOf(suite: string, comparison: string): string | undefined {
  const found = recorded.suites.find((each) => each.suite === suite)?.comparisons.find((each) => each.comparison === comparison)
  return found?.figure === undefined ? undefined : `${formatNumber(found.figure.median)} ${found.unit}`
}

describe("README.md's figures", () => {
  it("are of a full run, and say when and where it was made", () => {
    const { date, mode, machine } = recorded
    expect(mode).toBe("full")
    for (const said of [date, machine.cpu, `${machine.cores} cores`, `Node ${machine.node}`, String(machine.erlang)])
      expect(section).toContain(said)
  })

  it("are there", () => {
    expect(rows.length).toBeGreaterThan(5)
  })

  it.for(rows)("%s", ([, suite = "", comparison = "", figure = ""]) => {
    expect(figure).toBe(figureOf(suite.replaceAll("`", ""), comparison))
  })
})
