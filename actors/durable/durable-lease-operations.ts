/** What a durable store does with leases: what the store in memory does. They are of the attachment, and in memory; their fences outlive the program. */

import { failure, type ServerSelf } from "../../src/index.ts"
import { leaseCalls } from "../store/lease-operations.ts"
import type { LeaseToken } from "../store/lease-token.ts"
import type { DurableState } from "./durable-state.ts"

export const durableLeaseCalls = {
  ...leaseCalls,
  lease: (state: DurableState, token: LeaseToken, self: ServerSelf): unknown => {
    const { refusal } = state.fences
    return refusal === undefined ? leaseCalls.lease(state, token, self) : failure(refusal)
  },
}
