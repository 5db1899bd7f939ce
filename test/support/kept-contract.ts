/** Holds the contract of stores against one, and says for want of what, and of nothing else, promises are skipped: so none is in silence. */

import { expect, it } from "vitest"
import { type Claim, type OpenStage, type StoreContractOptions, storeContract } from "../../actors/testing.ts"

export function keepsContract(open: OpenStage, wanting: readonly Claim[], options: StoreContractOptions = {}): void {
  const missed = new Set<Claim>()
  const passedOver = (_name: string, missing: readonly Claim[]): void => {
    for (const claim of missing) missed.add(claim)
  }
  // As it is: what is passed over is skipped by the runner, and counted as that.
  storeContract(it, open, { ...options, passedOver })
  it(`passes over what it does not claim, and nothing else: ${wanting.join(", ") || "nothing"}`, () => {
    expect([...missed].sort()).toEqual([...wanting].sort())
  })
}
