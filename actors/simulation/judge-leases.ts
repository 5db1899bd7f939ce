/**
 * Leases of a store, by what was answered: of two of one key the fence rises, no fence is given twice, and none is given while another is surely held: from
 * when that was given until its time is over, somebody breaks it, or the store has, perhaps, forgotten it.
 *
 * When a holder gives a lease back is no message: one that was given back may have been free since it was given.
 */

import { briefText, fateOf, type Loss, type Operation, type Verdict } from "../../src/simulation.ts"
import { LeaseQuery, LeaseToken } from "../store/lease-token.ts"

/** The operations that are looked at. */
export const LEASE_CALLS: readonly string[] = ["lease", "renewLease", "leaseOf", "breakLease"]

/** A lease that was given. */
interface Grant {
  readonly key: string
  readonly caller: string
  readonly fence: number
  readonly asked: number
  readonly answered: number
  readonly answeredAt: number
  /** Until then it is surely held: a place, and a moment in ms. */
  readonly until: number
  readonly untilAt: number
}

/** `undefined`: there is nothing to be said against them. */
export function judgeLeases(history: readonly Operation[], losses: readonly Loss[]): Verdict | undefined {
  if (!history.some(({ name }) => LEASE_CALLS.includes(name))) return undefined
  const grants = history.flatMap((operation) => grantIn(operation, history, losses))
  for (const [key, own] of Map.groupBy(grants, (grant) => grant.key)) {
    const why = complaintOf(own.toSorted((one, other) => one.answered - other.answered))
    if (why !== undefined) return { verdict: "violated", key, why }
  }
  return strangerIn(history, grants, losses)
}

function complaintOf(grants: readonly Grant[]): string | undefined {
  for (const [place, later] of grants.entries()) {
    for (const earlier of grants.slice(0, place)) {
      const why = complaintAbout(earlier, later)
      if (why !== undefined) return why
    }
  }
  return undefined
}

function complaintAbout(earlier: Grant, later: Grant): string | undefined {
  const [one, other] = [`${earlier.caller}'s lease`, `${later.caller}'s`]
  if (earlier.fence === later.fence) return `${one} and ${other} were given the same fence, ${later.fence}.`
  if (later.fence < earlier.fence) {
    // Asked at the same time, they may have been given in the other order.
    return later.asked < earlier.answered
      ? overlap(later, earlier)
      : `${one} was given the fence ${earlier.fence}, and ${other}, asked for after that, only ${later.fence}: a fence has to rise.`
  }
  return overlap(earlier, later)
}

/** The one with the lesser fence was given first. */
function overlap(first: Grant, second: Grant): string | undefined {
  if (second.answered >= first.until || second.answeredAt >= first.untilAt) return undefined
  const held = `${first.caller}'s lease of ${briefText(first.key)} (fence ${first.fence}) was still held`
  return `${held} when ${second.caller} was given it (fence ${second.fence}): nobody had given it back or broken it, and its time was not over.`
}

// -- what was given ----------------------------------------------------------------------------------------------------

function grantIn(operation: Operation, history: readonly Operation[], losses: readonly Loss[]): readonly Grant[] {
  const { argument: token, caller, asked, answered, askedAt, answeredAt } = operation
  if (operation.name !== "lease" || !(token instanceof LeaseToken) || answered === undefined || answeredAt === undefined) return []
  const fence = valueIn(operation, "fence")
  if (typeof fence !== "number") return []
  const { key } = token
  const held = { key, caller, fence, asked, answered, answeredAt }
  return [{ ...held, until: sureEnd(token, held, history, losses), untilAt: askedAt + shortestMs(token, history) }]
}

/** The place up to which nothing has ended it. */
function sureEnd(
  token: LeaseToken,
  { fence, asked }: Pick<Grant, "fence" | "asked">,
  history: readonly Operation[],
  losses: readonly Loss[],
): number {
  // When is not known: perhaps before its holder heard of it.
  if (token.hasLeft || token.lostBy !== undefined) return Number.NEGATIVE_INFINITY
  const breaks = history.filter(({ argument }) => argument instanceof LeaseQuery && argument.key === token.key && argument.fence === fence)
  const lost = losses.filter(({ at, keys }) => at >= asked && (keys === "all" || keys.includes(token.key)))
  return Math.min(...breaks.map(({ asked }) => asked), ...lost.map(({ at }) => at), Number.POSITIVE_INFINITY)
}

/** For how long it was given, or last renewed, whichever is less: when that was counts for nothing. */
function shortestMs(token: LeaseToken, history: readonly Operation[]): number {
  const renewals = history.filter(({ name, argument }) => name === "renewLease" && tokenIn(argument) === token)
  return renewals.length === 0 ? token.ttlMs : 0
}

function tokenIn(argument: unknown): unknown {
  return typeof argument === "object" && argument !== null ? Reflect.get(argument, "token") : undefined
}

function valueIn(operation: Operation, name: string): unknown {
  const fate = fateOf(operation)
  if (fate.type !== "answered" || fate.answer.type !== "value") return undefined
  const { value } = fate.answer
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined
}

/** Who is said to hold a lease was given it, or may have been. */
function strangerIn(history: readonly Operation[], grants: readonly Grant[], losses: readonly Loss[]): Verdict | undefined {
  if (losses.some(({ leaves }) => leaves === "unknown")) return undefined
  const open = new Set(history.filter(({ name, outcome }) => name === "lease" && (outcome === undefined || "error" in outcome)).map(keyIn))
  for (const operation of history.filter(({ name }) => name === "leaseOf")) {
    const [key, fence] = [keyIn(operation), valueIn(operation, "fence")]
    if (typeof fence !== "number" || open.has(key) || grants.some((grant) => grant.key === key && grant.fence === fence)) continue
    const why = `${operation.caller} was told that the lease of ${briefText(key)} is held with the fence ${fence}, which nobody was given.`
    return { verdict: "violated", key: String(key), why }
  }
  return undefined
}

function keyIn({ argument }: Operation): unknown {
  return typeof argument === "object" && argument !== null ? Reflect.get(argument, "key") : undefined
}
