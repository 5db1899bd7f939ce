/** What is asked of keyed locks and stores that is a right under a key, which one holds at a time: keys of locks, leases. Read off what callers bring along. */

import { type ClaimAct, isA } from "../../src/simulation.ts"
import { Ticket } from "../lock/lock-table.ts"
import { LeaseQuery, LeaseRenewal, LeaseToken } from "../store/lease-token.ts"
import { StoreState } from "../store/store-state.ts"

export function claimActOf(argument: unknown): ClaimAct | undefined {
  if (typeof argument !== "object" || argument === null) return undefined
  if (isA(argument, Ticket)) return { ...KEY, token: argument }
  if (isA(argument, LeaseToken)) return argument.fence === 0 ? { ...LEASE, token: argument, forMs: argument.ttlMs } : undefined
  if (isA(argument, LeaseRenewal)) return changes(argument.key, (token) => token === argument.token)
  if (!isA(argument, LeaseQuery) || argument.fence === 0) return undefined
  return changes(argument.key, (token) => isA(token, LeaseToken) && token.fence === argument.fence)
}

type Changes = Extract<ClaimAct, { readonly type: "changes" }>
const changes = (key: string, isOf: Changes["isOf"]): Changes => ({ type: "changes", key, isOf })

const KEY = { type: "asks", noun: "the key", promise: "30", forMs: Number.POSITIVE_INFINITY, isLeftWith: () => true } as const
/** Those of a durable store are of one incarnation. */
const LEASE = { type: "asks", noun: "the lease of", promise: "36", isLeftWith: (state: unknown) => isA(state, StoreState) } as const
