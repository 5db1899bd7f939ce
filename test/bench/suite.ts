/**
 * A suite: arms that are measured together, and what their figures are held against.
 *
 * Invariant: arms run interleaved (A B A B …), so that the machine's noise hits all alike, and a ratio is taken within a
 * round before it is summed up over the rounds.
 */

import { type Arm, absenceOf, runArm } from "./arm.ts"
import type { ArmReport } from "./report.ts"
import { type Summary, summarize } from "./statistics.ts"

export interface Suite {
  readonly name: string
  readonly title: string
  plan(isQuick: boolean): Plan
}

export interface Plan {
  /** What a reader must know to judge the figures. */
  readonly notes: readonly string[]
  readonly groups: readonly Group[]
  readonly comparisons: readonly Comparison[]
}

/** Arms that alternate. */
export interface Group {
  readonly rounds: number
  readonly arms: readonly Arm[]
}

/** The medians of one round: by arm, then by figure. Arms that were skipped are absent. */
export type Round = ReadonlyMap<string, Readonly<Record<string, number>>>

/** Something drawn from the figures of one round: a ratio, a difference. */
export interface Comparison {
  readonly name: string
  readonly unit: string
  /** Absent where it is told for its own sake. */
  readonly target?: Target
  /** `undefined` where an arm it needs was skipped. */
  of(round: Round): number | undefined
}

/** `at_least`: the median must not be less than `bound`; `at_most`: nor more. `below`: it must be less. */
export interface Target {
  readonly rule: "at_least" | "at_most" | "below"
  readonly bound: number
}

export interface ArmResult {
  readonly arm: string
  readonly status: "measured" | "skipped"
  /** Why it was skipped. */
  readonly reason?: string
  readonly rounds: number
  readonly expected: number
  readonly completed: number
  readonly figures: Readonly<Record<string, Summary>>
}

export interface ComparisonResult {
  readonly comparison: string
  readonly unit: string
  /** Absent where an arm it needs was skipped. */
  readonly figure?: Summary
  readonly target?: Target
  /** Absent where there is no target, and in a smoke test, whose figures mean nothing. */
  readonly isMet?: boolean
}

export interface SuiteResult {
  readonly suite: string
  readonly title: string
  readonly notes: readonly string[]
  readonly arms: readonly ArmResult[]
  readonly comparisons: readonly ComparisonResult[]
}

/** Told of each arm before it runs. */
export type Progress = (suite: string, arm: string, round: number, rounds: number) => void

export async function runSuite(suite: Suite, isQuick: boolean, progress: Progress): Promise<SuiteResult> {
  const { notes, groups, comparisons } = suite.plan(isQuick)
  const reports = new Map<string, ArmReport[]>()
  for (const { arms, rounds } of groups) {
    for (let round = 0; round < rounds; round += 1) {
      const run = async (arm: Arm): Promise<void> => {
        if (absenceOf(arm) !== undefined) return
        progress(suite.name, arm.name, round, rounds)
        reports.set(arm.name, [...(reports.get(arm.name) ?? []), await runArm(arm, isQuick)])
      }
      // A smoke test measures nothing, so its arms need not have the machine for themselves.
      if (isQuick) await Promise.all(arms.map(run))
      else for (const arm of arms) await run(arm)
    }
  }
  const arms = groups.flatMap((group) => group.arms.map((arm) => armResult(arm, reports.get(arm.name) ?? [])))
  const rounds = roundsOf(reports)
  return {
    suite: suite.name,
    title: suite.title,
    notes,
    arms,
    comparisons: comparisons.map((comparison) => compare(comparison, rounds, isQuick)),
  }
}

function roundsOf(reports: ReadonlyMap<string, readonly ArmReport[]>): Round[] {
  const count = Math.max(0, ...[...reports.values()].map(({ length }) => length))
  return Array.from({ length: count }, (_, round) => {
    const ofRound = [...reports].flatMap(([arm, all]) => all.slice(round, round + 1).map((report) => [arm, mediansOf(report)] as const))
    return new Map(ofRound)
  })
}

function mediansOf({ figures }: ArmReport): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, summarize(values).median]))
}

function armResult(arm: Arm, reports: readonly ArmReport[]): ArmResult {
  const reason = absenceOf(arm)
  if (reason !== undefined) return { arm: arm.name, status: "skipped", reason, rounds: 0, expected: 0, completed: 0, figures: {} }
  const names = Object.keys(reports[0]?.figures ?? {})
  return {
    arm: arm.name,
    status: "measured",
    rounds: reports.length,
    expected: reports.reduce((total, { expected }) => total + expected, 0),
    completed: reports.reduce((total, { completed }) => total + completed, 0),
    figures: Object.fromEntries(names.map((name) => [name, summarize(reports.flatMap(({ figures }) => figures[name] ?? []))])),
  }
}

function compare({ name, unit, target, of }: Comparison, rounds: readonly Round[], isQuick: boolean): ComparisonResult {
  const values = rounds.map(of).filter((value) => value !== undefined)
  const named = { comparison: name, unit, ...(target === undefined ? {} : { target }) }
  if (values.length === 0) return named
  const figure = summarize(values)
  return target === undefined || isQuick ? { ...named, figure } : { ...named, figure, isMet: isMet(target, figure.median) }
}

export function isMet({ rule, bound }: Target, value: number): boolean {
  if (rule === "below") return value < bound
  return rule === "at_least" ? value >= bound : value <= bound
}

/** A figure of an arm in a round; `undefined` where the arm was skipped. */
export function figureOf(round: Round, arm: string, figure: string): number | undefined {
  return round.get(arm)?.[figure]
}

/** How many times one figure of a round is another; `undefined` where one is missing. */
export function quotient(dividend: number | undefined, divisor: number | undefined): number | undefined {
  return dividend === undefined || divisor === undefined ? undefined : dividend / divisor
}

/** The least of a figure among arms of a round: the rival that did best. `undefined` where one was skipped. */
export function leastOf(round: Round, arms: readonly string[], figure: string): number | undefined {
  const figures = arms.map((arm) => figureOf(round, arm, figure)).filter((value) => value !== undefined)
  return figures.length < arms.length ? undefined : Math.min(...figures)
}
