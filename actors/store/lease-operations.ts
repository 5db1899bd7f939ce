/** What a store does with leases: its handlers, and what each needs permission for. */

import type { Guard, ServerSelf } from "../../src/index.ts"
import { LeaseQuery, LeaseRenewal, LeaseToken } from "./lease-token.ts"
import type { StoreState } from "./store-state.ts"

type LeaseKeeper = Pick<StoreState, "leases">

export const leaseCalls = {
  lease: ({ leases }: LeaseKeeper, token: LeaseToken, self: ServerSelf) => {
    const taken = leases.take(token)
    if (taken !== "waits") return taken
    token.deferred = self.defer()
    return token.deferred
  },
  renewLease: ({ leases }: LeaseKeeper, { token, ttlMs }: LeaseRenewal) => leases.renew(token, ttlMs),
  /** Whether this incarnation still knows of it: the one before has ended. */
  keepLease: ({ leases }: LeaseKeeper, token: LeaseToken) => {
    if (!leases.knows(token)) return false
    token.tenure.begin()
    return true
  },
  leaseOf: ({ leases }: LeaseKeeper, { key }: LeaseQuery) => leases.holder(key),
  breakLease: ({ leases }: LeaseKeeper, query: LeaseQuery) => leases.break(query),
}

const ofToken = ({ key, holder }: Pick<LeaseToken, "key" | "holder">) => ({ key, holder })
const ACTION = "store.key.lease"

const own: Guard = { action: ACTION, attributes: ofToken, take: LeaseToken.take }
/** `holder` is whose lease it is: the asker's own, to look; that of whoever loses it, to break. */
const anybodys: Guard = { action: ACTION, attributes: ofToken, take: LeaseQuery.take }

export const leaseGuards: Readonly<Record<keyof typeof leaseCalls, Guard>> = {
  lease: own,
  renewLease: { action: ACTION, attributes: ({ token }: LeaseRenewal) => ofToken(token), take: LeaseRenewal.take },
  keepLease: own,
  leaseOf: anybodys,
  breakLease: anybodys,
}
