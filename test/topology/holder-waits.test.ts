import { describe, expect, it } from "vitest"
import type { Party } from "../../src/kernel/envelope.ts"
import type { Keeper } from "../../src/kernel/keeper.ts"
import { Pid, setKeeper } from "../../src/kernel/pid.ts"
import { HolderWaits } from "../../src/topology/holder-waits.ts"

/** As far as waits look at it. */
function party(id: number, status: Party["status"], parent?: Party): Party {
  const made = { status, parent, isStarted: true, onBehalfOf: undefined, work: [{}] }
  return Object.assign(made, { pid: new Pid(id, made as never) }) as unknown as Party
}

describe("HolderWaits", () => {
  it("leaves nothing of a wait that ends when the one that waited is nobody's child any more", () => {
    const supervisor = party(1, "ending")
    const [waiting, awaited] = [party(2, "ready", supervisor), party(3, "ready")]
    setKeeper(waiting.pid, {} as Keeper)
    const waits = new HolderWaits()
    const wait = { asker: waiting, isSettled: false, isLimited: false }
    waits.begin(wait, () => [awaited])
    expect(waits.leadsBack(supervisor, awaited)).toBe(true)
    setKeeper(waiting.pid, undefined)
    waits.end(wait)
    expect(waits.leadsBack(supervisor, awaited)).toBe(false)
  })
})
