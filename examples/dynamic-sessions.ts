/**
 * A dynamic supervisor of sessions: one process a login, started when the user comes, gone when the user leaves or falls silent. A session
 * that crashes takes no other with it; one login too many is refused; at the end all log out at the same time.
 *
 * Prints:
 *   alice is at /home, bob is at /cart
 *   a third login: app:sessions has all the 2 children it may have
 *   carol's session crashed and is forgotten; there are 2 sessions
 *   alice logged out; there is 1 session
 *   bob fell silent; there are 0 sessions
 *   dave logged out by shutdown
 */

import { setTimeout as sleep } from "node:timers/promises"
import { child, dynamicSupervisor, server, start } from "pigeonhole"

const session = server({
  init: ({ user, idleTimeoutMs = Number.POSITIVE_INFINITY }: { user: string; idleTimeoutMs?: number | undefined }, self) => {
    self.idleTimeout(idleTimeoutMs)
    return { user, page: "/home" }
  },
  call: {
    page: (state) => state.page,
    visit: (state, page: string) => {
      if (page === "/crash") throw new Error("no such page")
      state.page = page
      return page
    },
    logOut: (_state, _argument: undefined, self) => self.stop(),
  },
  terminate: ({ user }, reason) => {
    if (reason === "shutdown") console.log(`${user} logged out by shutdown`)
  },
})

await using runtime = await start({ "app:sessions": dynamicSupervisor({ maxChildren: 2 }) }, { log: () => {} })
const sessions = await runtime.acquire("app:sessions")

// A session is not worth a restart: who has lost one logs in again.
const logIn = (user: string, idleTimeoutMs?: number) =>
  sessions.startChild(child(session, { argument: { user, idleTimeoutMs }, restart: "temporary" }))
const count = async (): Promise<string> => {
  const { active } = await sessions.countChildren()
  return active === 1 ? "there is 1 session" : `there are ${active} sessions`
}

const [alice, gone] = [await logIn("alice"), await logIn("carol")]
await gone.call.visit("/crash").catch(() => {})
const bob = await logIn("bob", 20)
await bob.call.visit("/cart")
console.log(`alice is at ${await alice.call.page()}, bob is at ${await bob.call.page()}`)
await logIn("erin").catch((error) => console.log("a third login:", error.message))
console.log(`carol's session crashed and is forgotten; ${await count()}`)
await alice.call.logOut()
await runtime.whenEnded(alice)
console.log(`alice logged out; ${await count()}`)
await sleep(100)
console.log(`bob fell silent; ${await count()}`)
await logIn("dave")
