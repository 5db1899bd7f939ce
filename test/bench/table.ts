/** Results as a page of text. */

import type { Machine } from "./machine.ts"
import type { Summary } from "./statistics.ts"
import type { ArmResult, ComparisonResult, SuiteResult } from "./suite.ts"

export function formatMachine({ cpu, cores, memoryGigabytes, platform, node, v8, erlang, loadAverage }: Machine): string {
  return [
    `machine  ${cpu}, ${cores} cores, ${memoryGigabytes} GB, ${platform}; load average ${loadAverage.toFixed(2)} at the start`,
    `node     ${node} (V8 ${v8})`,
    `erlang   ${erlang ?? "none: its arms are skipped (Debian: apt install erlang-base)"}`,
  ].join("\n")
}

export function formatSuite({ title, notes, arms, comparisons }: SuiteResult): string {
  const lines = ["", title, "=".repeat(title.length), ...notes.map((note) => `  ${note}`), "", ...formatColumns(arms.flatMap(armRows))]
  if (comparisons.length > 0) lines.push("", ...formatColumns(comparisons.map(comparisonRow)))
  return lines.join("\n")
}

function armRows({ arm, status, reason, rounds, completed, figures }: ArmResult): string[][] {
  if (status === "skipped") return [[arm, "SKIPPED", reason ?? ""]]
  return Object.entries(figures).map(([name, summary], index) => [
    index === 0 ? arm : "",
    formatNumber(summary.median),
    name,
    formatSpread(summary),
    index === 0 ? `${formatNumber(completed)} completed in ${rounds} ${rounds === 1 ? "round" : "rounds"}` : "",
  ])
}

function comparisonRow({ comparison, unit, figure, target, isMet }: ComparisonResult): string[] {
  if (figure === undefined) return [comparison, "-", "an arm it needs was skipped"]
  const row = [comparison, formatNumber(figure.median), unit, formatSpread(figure)]
  if (target === undefined) return row
  const wanted = `target: ${target.rule.replace("_", " ")} ${formatNumber(target.bound)}`
  return [...row, `${wanted}${isMet === undefined ? "" : isMet ? ", met" : ", NOT MET"}`]
}

function formatSpread({ low, high, count }: Summary): string {
  return count === 1 ? "" : `(${formatNumber(low)} to ${formatNumber(high)})`
}

/** Three digits that count, groups of three. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replaceAll(",", " ")
}

/** The second column holds numbers and is set flush right. */
function formatColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  return rows.map((row) => `  ${row.map((cell, column) => pad(cell, column, widths)).join("  ")}`.trimEnd())
}

function pad(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0
  return column === 1 ? cell.padStart(width) : cell.padEnd(width)
}
