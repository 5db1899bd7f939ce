/**
 * Leases: one of several workers does the daily report. Its lease is free again when it is done, when its time is over, or when it is dead; and a
 * fence lets the place that is written to refuse whoever comes late.
 *
 * Prints:
 *   alice holds it: true
 *   bob: Conflict, it is held by alice
 *   bob has waited: true, and alice holds it no longer: true
 *   bob's write counts: true, alice's late one: false
 *   alice: the lease of "report" is no longer held: broken by operator
 */

import { start, store } from "pigeonhole"

await using runtime = await start({ "app:state": store<string>() }, { log: () => {} })
const as = (id: string) => runtime.as({ id }).acquire("app:state")
const [alice, bob, operator] = [await as("alice"), await as("bob"), await as("operator")]

const first = await alice.lease("report", { ttl: 30 })
await first.renew()
console.log(`alice holds it: ${first.isHeld}`)

const refused = await bob.lease("report").catch((error) => error)
console.log(`bob: ${refused.name}, it is held by ${refused.details.holder}`)

const waiting = bob.lease("report", { ttl: 30, wait: true })
await first.release()
const second = await waiting
console.log(`bob has waited: ${second.isHeld}, and alice holds it no longer: ${!first.isHeld}`)

/** What the report is written to: it knows the greatest fence that it has seen. */
const archive = { fence: 0 }
function write({ fence }: { readonly fence: number }): boolean {
  if (fence < archive.fence) return false
  archive.fence = fence
  return true
}
console.log(`bob's write counts: ${write(second)}, alice's late one: ${write(first)}`)
await second.release()

const again = await alice.lease("report")
const lost = new Promise((resolve) => again.signal.addEventListener("abort", resolve))
await operator.breakLease("report")
await lost
console.log(`alice: ${again.signal.reason.message}`)
