/**
 * A web server with sessions: they are in a store, and end with their time; each user is a principal, and policies say whose notes they
 * may read and write. A crash of the store logs nobody out.
 *
 * Prints:
 *   nobody reads alice's notes: 401
 *   alice, with a wrong password: 401
 *   alice logs in: 204
 *   alice writes her notes: 204, and reads them: 200 "tea at five"
 *   bob reads alice's notes: 403, and writes them: 403
 *   eve, an editor, reads alice's notes: 200 "tea at five", and writes them: 403
 *   the store of sessions crashed; alice reads her notes: 200 "tea at five"
 *   bob logs out: 204, and reads his notes: 401
 *   alice logs in for 0.1 seconds: 204, and reads her notes when they are over: 401
 *   the end: 0 processes left
 */

import type { AddressInfo } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import type { Pid } from "pigeonhole"
import { startWeb } from "./web.ts"

const { runtime, http } = await startWeb(0)
const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`

/** A browser: it keeps its cookie. */
function browser() {
  let cookie = ""
  return async (method: string, path: string, body?: string): Promise<string> => {
    const response = await fetch(origin + path, {
      method,
      headers: { cookie, connection: "close" },
      ...(body === undefined ? {} : { body }),
    })
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? cookie
    const text = await response.text()
    return response.status === 200 ? `${response.status} ${text}` : `${response.status}`
  }
}
const login = (name: string, password: string, seconds?: number) => ["POST", "/login", JSON.stringify({ name, password, seconds })] as const

const [nobody, alice, bob, eve] = [browser(), browser(), browser(), browser()]
console.log("nobody reads alice's notes:", await nobody("GET", "/notes/alice"))
console.log("alice, with a wrong password:", await alice(...login("alice", "oz")))
console.log("alice logs in:", await alice(...login("alice", "wonderland")))
await Promise.all([bob(...login("bob", "builder")), eve(...login("eve", "paradise"))])

const written = await alice("PUT", "/notes/alice", "tea at five")
console.log(`alice writes her notes: ${written}, and reads them: ${await alice("GET", "/notes/alice")}`)
const read = await bob("GET", "/notes/alice")
console.log(`bob reads alice's notes: ${read}, and writes them: ${await bob("PUT", "/notes/alice", "no tea")}`)
const edited = await eve("GET", "/notes/alice")
console.log(`eve, an editor, reads alice's notes: ${edited}, and writes them: ${await eve("PUT", "/notes/alice", "no tea")}`)

runtime.exit(runtime.whereis("web:sessions") as Pid, { error: new Error("on purpose") })
console.log("the store of sessions crashed; alice reads her notes:", await alice("GET", "/notes/alice"))
const loggedOut = await bob("POST", "/logout")
console.log(`bob logs out: ${loggedOut}, and reads his notes: ${await bob("GET", "/notes/bob")}`)
const briefly = await alice(...login("alice", "wonderland", 0.1))
await sleep(150)
console.log(`alice logs in for 0.1 seconds: ${briefly}, and reads her notes when they are over: ${await alice("GET", "/notes/alice")}`)

await new Promise((resolve) => http.close(resolve))
await runtime.stop()
console.log(`the end: ${runtime.statistics().processes} processes left`)
