/**
 * Who waits for whom to give back a key of a keyed lock, or a lease of a store: read off what was asked for, as whoever asks for a key brings a ticket, which says
 * whether it holds it still. For the report of a schedule in which nothing can go on.
 */

import { isA, type Operation, type Wait } from "../../src/simulation.ts"
import { Ticket } from "../lock/lock-table.ts"
import { LeaseToken } from "../store/lease-token.ts"

/** One that was asked with. */
interface Claim {
  readonly caller: string
  readonly key: string
  /** Of which service. */
  readonly service: string
}

export function heldUp(operations: readonly Operation[]): readonly Wait[] {
  const claims = operations.flatMap((operation) => claimOf(operation) ?? [])
  const holders = new Map(claims.filter(({ isHeld }) => isHeld).map((claim) => [placeOf(claim), claim.caller]))
  return claims.flatMap((claim) => {
    const holder = claim.waits ? holders.get(placeOf(claim)) : undefined
    return holder === undefined ? [] : [{ actor: claim.caller, on: holder, what: claim.key, for: "release" } as const]
  })
}

/** `waits`: it was not given. `isHeld`: it was, and was not given back. */
function claimOf({ argument, caller, service, outcome }: Operation): (Claim & { waits: boolean; isHeld: boolean }) | undefined {
  if (isA(argument, LeaseToken)) {
    const { key, fence, hasLeft, isHeld } = argument
    return { caller, key, service, isHeld, waits: fence === 0 && !hasLeft && outcome === undefined }
  }
  if (!isA(argument, Ticket)) return undefined
  const { key, hasLeft, table } = argument
  const isGiven = outcome !== undefined && "value" in outcome
  return { caller, key, service, isHeld: isGiven && !hasLeft && table !== undefined, waits: outcome === undefined && !hasLeft }
}

/** No text that names a service has this in it. */
function placeOf({ service, key }: Claim): string {
  return `${service}\u0000${key}`
}
