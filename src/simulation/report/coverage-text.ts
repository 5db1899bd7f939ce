/** What was tried, and what was not, as lines for a terminal. At most 100 columns. */

import { meantBy } from "../../kernel/options.ts"
import { counted, listed, plain, wrapped } from "../text/plain-text.ts"
import type { CoverageSummary, InboxCoverage } from "./coverage.ts"
import { named, quoted } from "./story-clauses.ts"
import type { TransitionCoverage } from "./transition-coverage.ts"

/** All that is told of what was tried. */
export interface ReportCoverage extends CoverageSummary {
  /** What should have been seen in some schedule (`sometimes`), and was not, by its name. */
  readonly neverTrue?: readonly string[]
  /** Services that have a model, and that nobody has asked anything, by their ids. Default: none. */
  readonly neverAsked?: readonly string[]
  /** Faults that were asked for and fell in no schedule, by their names. Default: none. */
  readonly neverFell?: readonly string[]
  /** Histories of services of which it was not found out whether an order explains them. Default: none. */
  readonly undecided?: number
}

const WIDTH = 100
const LISTED = 10
const LISTED_MISSING = 5
/** Of an id that is taken for another one misspelt. */
const MOST_SLIPS = 2

/** `sometimes` that was never true comes first, and a model that nothing was judged by: they ask for something to be done. */
export function coverageLines({
  inboxes,
  transitions,
  neverTrue = [],
  neverAsked = [],
  neverFell = [],
  undecided = 0,
  leftOut,
  ...counts
}: ReportCoverage): readonly string[] {
  const machines = transitions.map(ofMachine)
  const beyond = leftOut === 0 ? [] : [`${counted(leftOut, "message")} not counted: too many inboxes or kinds of messages`]
  const lines = [
    shareLine(counts),
    ...neverLine("never true in any schedule", neverTrue),
    ...neverLine("never asked in any schedule, so its model has judged nothing", neverAsked, inboxes),
    ...neverLine("asked for, and fell in no schedule", neverFell),
    ...undecidedLines(undecided),
    ...some10(inboxes.map(ofInbox), "inbox", "inboxes"),
    ...some10(machines, "machine"),
    ...beyond,
  ]
  return lines.flatMap((line) => wrapped(line, WIDTH, "  "))
}

/** `inboxes`: those of which one may have been meant. */
function neverLine(what: string, names: readonly string[], inboxes: readonly InboxCoverage[] = []): readonly string[] {
  const known = inboxes.map(({ inbox }) => inbox)
  const quotes = names.map((name) => {
    const meant = known.includes(name) ? undefined : meantBy(name, known, MOST_SLIPS)
    return meant === undefined ? quoted(name) : `${quoted(name)} (did you mean ${quoted(meant)}?)`
  })
  return names.length === 0 ? [] : [`${what}: ${some(quotes, LISTED)}`]
}

function shareLine({ schedules, steps, stepsWithChoice }: Pick<CoverageSummary, "schedules" | "steps" | "stepsWithChoice">): string {
  const share = steps === 0 ? 0 : Math.round((stepsWithChoice / steps) * 100)
  return `${counted(schedules, "schedule")} of ${counted(steps, "step")}, ${share} % of them with a choice`
}

function undecidedLines(undecided: number): readonly string[] {
  if (undecided === 0) return []
  return [
    `not judged: ${counted(undecided, "history", "histories")} of services, too long to find an order that explains what was answered`,
  ]
}

function ofInbox({ inbox, pairs, bothOrders, oneOrder }: InboxCoverage): string {
  const always = oneOrder.map(({ before, after }) => `${quoted(before)} before ${quoted(after)}`)
  const rest = always.length === 0 ? "" : `; always ${listed(always)}`
  return `${named(inbox)}: ${bothOrders} of ${counted(pairs, "pair")} of messages in both orders${rest}`
}

function ofMachine({ machine, transitions, taken, missing }: TransitionCoverage): string {
  const never =
    missing.length === 0
      ? ""
      : `; never ${some(
          missing.map((each) => quoted(each)),
          LISTED_MISSING,
        )}`
  return `${plain(machine)}: ${taken} of ${counted(transitions, "transition")} taken${never}`
}

function some(names: readonly string[], limit: number): string {
  const more = names.length - limit
  return listed(more > 0 ? [...names.slice(0, limit), `${more} more`] : names)
}

function some10(lines: readonly string[], one: string, many?: string): readonly string[] {
  const more = lines.length - LISTED
  return more > 0
    ? [...lines.slice(0, LISTED), `and ${counted(more, `more ${one}`, many === undefined ? undefined : `more ${many}`)}`]
    : lines
}
