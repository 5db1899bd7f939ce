/**
 * The store: values with a time to live, read and written through a mailbox.
 *
 * Prints:
 *   set: true
 *   get: Alice, has: true
 *   the stored value is a frozen copy: true
 *   a wrong TTL: ttl must be a number of seconds from 0; got -1
 *   after its 0.05 s: undefined
 *   delete: true, again: false
 *   with two keys it is full: UNAVAILABLE, retry helps: true
 *   released: store released
 */

import { setTimeout as sleep } from "node:timers/promises"
import { PigeonholeError, start, store } from "pigeonhole"

interface User {
  readonly name: string
}

await using runtime = await start({ "app:users": store<User>({ maxEntries: 2 }) }, { log: () => {} })
const users = await runtime.acquire("app:users")

const alice = { name: "Alice" }
console.log("set:", await users.set("user:1", alice, 0.05)) // seconds
console.log(`get: ${(await users.get("user:1"))?.name}, has: ${await users.has("user:1")}`)

const kept = await users.get("user:1")
alice.name = "Mallory"
console.log("the stored value is a frozen copy:", kept?.name === "Alice" && Object.isFrozen(kept))

await users.set("user:1", alice, -1).catch((error: Error) => console.log("a wrong TTL:", error.message))

await sleep(60)
console.log("after its 0.05 s:", await users.get("user:1"))

await users.set("user:2", { name: "Bob" }) // no TTL: until it is deleted
console.log(`delete: ${await users.delete("user:2")}, again: ${await users.delete("user:2")}`)

await users.set("user:3", { name: "Carol" })
await users.set("user:4", { name: "Dave" })
await users.set("user:5", { name: "Eve" }).catch((error) => {
  if (error instanceof PigeonholeError) console.log(`with two keys it is full: ${error.kind}, retry helps: ${error.retryable}`)
})

await users.release()
await users.get("user:3").catch((error: Error) => console.log("released:", error.message))
