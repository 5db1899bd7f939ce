/**
 * The judgement of a history, thing by thing (key by key), and why one cannot be explained: the operation whose answer was the first that fits in no
 * order, what it gave, and what it could have given.
 */

import { type Budget, findOrder, type Machine, type Taken } from "./linearization.ts"
import type { Occurrence } from "./occurrence.ts"
import { isExplainedAsAnswered } from "./straight-order.ts"

/** What a judge of a history says. */
export interface Verdict {
  /** `undecided`: it would take more configurations than are allowed to find out; it is no failure. */
  readonly verdict: "linearizable" | "violated" | "undecided"
  /** Of which key; left out where there are none. */
  readonly key?: string
  /** In a sentence or two: which operation no order explains, or what was not found out. */
  readonly why?: string
}

/** All that happened to one thing, which nothing that happens to another has to do with. */
export interface Strand<State, Call> {
  /** `undefined`: the service has no keys. */
  readonly key: string | undefined
  readonly machine: Machine<State, Call>
  readonly occurrences: readonly Occurrence<Call>[]
}

/** How an operation is told. */
export interface Telling<Call> {
  /** Who asked for what: `a's get("k")`. */
  asked(call: Call): string
  /** What it gave. */
  gave(call: Call): string
}

export const LINEARIZABLE: Verdict = Object.freeze({ verdict: "linearizable" })

/** Short strands first, as what they leave of the limit is for the others; a violation of one is one of all. */
export function judge<State, Call>(strands: readonly Strand<State, Call>[], limit: number, telling: Telling<Call>): Verdict {
  const budget: Budget = { left: limit }
  let undecided: Verdict | undefined
  for (const strand of strands.toSorted((one, other) => one.occurrences.length - other.occurrences.length)) {
    if (isExplainedAsAnswered(strand.machine, strand.occurrences, budget)) continue
    const finding = findOrder(strand.machine, strand.occurrences, budget)
    if (finding === "none") return { verdict: "violated", ...keyOf(strand), why: whyOf(strand, limit, telling) }
    if (finding === "undecided") undecided ??= { verdict: "undecided", ...keyOf(strand), why: limitText(limit) }
  }
  return undecided ?? LINEARIZABLE
}

const keyOf = ({ key }: { readonly key: string | undefined }): { readonly key?: string } => (key === undefined ? {} : { key })

const limitText = (limit: number): string =>
  `Whether there is an order that explains it was not found out: ${limit} configurations were looked at, which is the limit.`

// -- why ---------------------------------------------------------------------------------------------------------------

/** What could have been given that is named. */
const MOST_NAMED = 3

function whyOf<State, Call>(strand: Strand<State, Call>, limit: number, telling: Telling<Call>): string {
  const { occurrences, culprit } = firstViolation(strand, limit)
  const given = `${telling.asked(culprit.call)} gave ${telling.gave(culprit.call)}, and no order of what was asked explains that.`
  const others = alternatives({ ...strand, occurrences }, culprit, limit, telling)
  return `${given} ${others.length === 0 ? "Nothing that it could have given would fit." : `It could have given ${listed(others)}.`}`
}

/** What was so up to an answer is explained by whatever explains more: so the first answer that nothing explains is found by halving. */
function firstViolation<State, Call>({ machine, occurrences }: Strand<State, Call>, limit: number) {
  const answered = occurrences.filter(({ isCertain }) => isCertain).toSorted((one, other) => one.answered - other.answered)
  const until = (place: number): readonly Occurrence<Call>[] => cutOff(occurrences, (answered[place] as Occurrence<Call>).answered)
  let [low, high] = [0, answered.length - 1]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (findOrder(machine, until(middle), { left: limit }) === "none") high = middle
    else low = middle + 1
  }
  return { occurrences: until(high), culprit: answered[high] as Occurrence<Call> }
}

/** What was known up to a place. */
function cutOff<Call>(occurrences: readonly Occurrence<Call>[], place: number): readonly Occurrence<Call>[] {
  const begun = occurrences.filter(({ asked }) => asked <= place)
  return begun.map((each) => (each.answered <= place ? each : { ...each, ...UNANSWERED }))
}

const UNANSWERED = { answered: Number.POSITIVE_INFINITY, answeredAt: Number.POSITIVE_INFINITY, isCertain: false }

/** What else it could have given, and after what. */
function alternatives<State, Call>(
  { machine, occurrences }: Strand<State, Call>,
  culprit: Occurrence<Call>,
  limit: number,
  telling: Telling<Call>,
): readonly string[] {
  const except = new Set<string>()
  const texts: string[] = []
  while (texts.length < MOST_NAMED) {
    const order = findOrder(machine, occurrences, { left: limit }, { of: culprit, except })
    if (typeof order === "string") break
    const place = order.findIndex(({ occurrence }) => occurrence === culprit)
    const { gives } = order[place] as Taken<Call>
    except.add(gives)
    const after = order.slice(0, place).findLast(({ isChange }) => isChange)
    texts.push(after === undefined ? gives : `${gives} (after ${telling.asked(after.occurrence.call)})`)
  }
  return texts
}

function listed(texts: readonly string[]): string {
  return texts.length === 1 ? (texts[0] as string) : `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`
}
