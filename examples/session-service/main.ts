/**
 * A service of sessions that is data: two stores, policies and a worker stand in `app.yaml`, in the specification's vocabulary, and this program starts it.
 * The sessions are on disk, and there when the program begins anew.
 *
 * Prints:
 *   root (one_for_one)
 *     app:sessions (store.sql)
 *     app:visits (store.memory)
 *     app:worker (process.service)
 *   alice has a session: true, and came 1 time
 *   bob may not store.key.set on app:sessions: no policy allows it
 *   an operator reads alice's session: {"page":"/cart"}
 *   the program begins anew: {"page":"/cart"}
 */

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { StoreMailbox, start } from "pigeonhole"
import { loadConfiguration } from "pigeonhole/config"

interface Session {
  readonly page: string
}

const folder = await mkdtemp(join(tmpdir(), "sessions-"))
const file = fileURLToPath(new URL("app.yaml", import.meta.url))
const load = () => loadConfiguration(file, { env: { SESSIONS_DB: join(folder, "sessions.db") } })

const configuration = await load()
console.log(configuration.describe())
const first = await start(configuration.tree, { log: () => {} })
const operator = first.as({ id: "olga", meta: { role: "operator" } })
const visits = await operator.acquire("app:visits", { as: StoreMailbox<number> })
const counted = visits.watch({ key: "alice", initial: true })

const alice = await first.as({ id: "alice" }).acquire("app:sessions", { as: StoreMailbox<Session> })
const isSet = await alice.set("alice", { page: "/cart" }, 3600)
for await (const { value } of counted) {
  if (value === undefined) continue
  console.log(`alice has a session: ${isSet}, and came ${value} time`)
  break
}

const bob = await first.as({ id: "bob" }).acquire("app:sessions", { as: StoreMailbox<Session> })
await bob.set("alice", { page: "/" }).catch((error) => console.log(error.message))
const seen = await operator.acquire("app:sessions", { as: StoreMailbox<Session> })
console.log(`an operator reads alice's session: ${JSON.stringify(await seen.get("alice"))}`)
await first.stop()

const next = await start((await load()).tree, { log: () => {} })
const again = await next.as({ id: "alice" }).acquire("app:sessions", { as: StoreMailbox<Session> })
console.log(`the program begins anew: ${JSON.stringify(await again.get("alice"))}`)
await next.stop()
await rm(folder, { recursive: true })
