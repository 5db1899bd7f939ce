/**
 * Single flight: a value that many ask for at once is loaded once. The old one is given while a new one is loaded; a load that fails does no harm; and
 * what was deleted meanwhile stays so.
 *
 * Prints:
 *   100 callers, 1 load: price 1
 *   a second later: price 1, at once, and price 2 is loaded behind it
 *   then: price 2
 *   the shop is closed: Error: no answer, and after 2 s: price 4
 *   deleted during the load: price 5 for who had asked, and kept: false
 *   the caller gave up: CANCELED, and with it the load
 */

import { setTimeout as sleep } from "node:timers/promises"
import { cache, start } from "pigeonhole"
import { virtualTime } from "pigeonhole/testing"

const time = virtualTime()
await using runtime = await start({ "app:prices": cache<string>() }, { host: time, log: () => {} })
const prices = await runtime.acquire("app:prices")

let loads = 0
let isClosed = false
async function load({ key }: { readonly key: string }): Promise<string> {
  loads += 1
  if (isClosed) throw new Error("no answer")
  return `${key} ${loads}`
}
const price = () => prices.getOrSet("price", load, { ttl: 1, staleFor: 10, failFor: 2 })

const all = await Promise.all(Array.from({ length: 100 }, price))
console.log(`${all.length} callers, ${loads} load: ${all[99]}`)

await time.advance(1000)
const old = await price()
await time.advance(0)
console.log(`a second later: ${old}, at once, and ${await prices.get("price")} is loaded behind it`)
console.log(`then: ${await price()}`)

await prices.delete("price")
isClosed = true
const failed = await price().catch(String)
isClosed = false
await price().catch(() => "still remembered: nobody was asked")
await time.advance(2000)
console.log(`the shop is closed: ${failed}, and after 2 s: ${await price()}`)

await prices.delete("price")
const asked = price()
await prices.delete("price")
console.log(`deleted during the load: ${await asked} for who had asked, and kept: ${await prices.has("price")}`)

const patience = new AbortController()
const slow = ({ signal }: { readonly signal: AbortSignal }) => sleep(60_000, "too late", { signal })
const waiting = prices.getOrSet("slow", slow, { signal: patience.signal }).catch((error) => error.kind)
patience.abort()
console.log(`the caller gave up: ${await waiting}, and with it the load`)
