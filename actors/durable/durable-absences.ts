/** What the mailbox of a store can ask for and a durable store has not: refused by name, after the permission that it needs. */

import { failure, Invalid } from "../../src/index.ts"
import { leaseGuards } from "../store/lease-operations.ts"

export const absentGuards = { ...leaseGuards }

/** What callers call it. */
const OPERATIONS: Readonly<Record<keyof typeof absentGuards, string>> = {
  lease: "lease",
  renewLease: "lease",
  keepLease: "lease",
  leaseOf: "leaseOf",
  breakLease: "breakLease",
}

function refusing(operation: string) {
  const message = `a durable store has no ${operation} yet: see info().capabilities; a store in memory beside it has`
  return () => failure(new Invalid(message, { details: { field: operation } }))
}

export const absentCalls = Object.fromEntries(Object.entries(OPERATIONS).map(([call, operation]) => [call, refusing(operation)]))
