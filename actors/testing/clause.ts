/** One promise of a store, and what a store has to claim for it to be tried. */

import { OPERATIONS, type OperationName, type StoreStage, type StoreWish, type TestedStore, type WholeStore } from "./tested-store.ts"

/** What a store can be taken for whatever it tells: options of its writes, and what can be set for it. */
const TAKEN_FOR_GRANTED = ["bound", "idle", "jitter", "limits", "policies"] as const

/** All of it. */
export const CLAIMS = [
  ...OPERATIONS,
  ...TAKEN_FOR_GRANTED,
  ...(["evicts", "refuses", "whole", "crash", "kept", "reopen"] as const),
] as const satisfies readonly Claim[]

/**
 * Something that a store can do or be: an operation; `bound`, `idle`, `jitter`, options of what writes; `evicts` or `refuses`, when it is full; `whole`, it
 * has no partitions; `crash` and `reopen`, its stage can; `kept`, its entries outlive a crash; `limits`, `policies`: they can be set.
 */
export type Claim =
  | OperationName
  | ("bound" | "idle" | "jitter" | "limits" | "policies")
  | ("evicts" | "refuses" | "whole" | "crash" | "kept" | "reopen")

/** What a promise is tried with. */
export interface Trial {
  readonly store: WholeStore
  readonly stage: StoreStage
  acquire(principal?: string): Promise<WholeStore>
  crash(): Promise<void>
  /** Gives a mailbox of the store, opened again after so long. */
  reopen(awayMs?: number): Promise<WholeStore>
}

export interface Clause {
  readonly name: string
  readonly needs: readonly Claim[]
  readonly wish?: Omit<StoreWish, "place">
  check(trial: Trial): Promise<void>
}

export function clause(name: string, needs: readonly Claim[], check: Clause["check"], wish?: Clause["wish"]): Clause {
  return wish === undefined ? { name, needs, check } : { name, needs, check, wish }
}

/** What is told by the store itself, by the operations that it has, and by its stage. */
export async function claimsOf(store: TestedStore, stage: StoreStage): Promise<ReadonlySet<Claim>> {
  const claims = new Set<Claim>(TAKEN_FOR_GRANTED)
  for (const name of OPERATIONS) if (typeof store[name] === "function") claims.add(name)
  if (stage.crash !== undefined) claims.add("crash")
  if (stage.isKept === true) claims.add("kept")
  if (stage.reopen !== undefined) claims.add("reopen")
  const {
    partitioned = false,
    evicts = false,
    transactions,
    watch,
    leases,
  } = (claims.has("info") ? await store.info?.() : undefined)?.capabilities ?? {}
  claims.add(evicts ? "evicts" : "refuses")
  if (!partitioned) claims.add("whole")
  if (transactions === false) claims.delete("transaction")
  if (watch === false) claims.delete("watch")
  if (leases === false) for (const name of ["lease", "leaseOf", "breakLease"] as const) claims.delete(name)
  return claims
}
