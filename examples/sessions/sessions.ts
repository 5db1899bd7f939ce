/** The session service, run once from boot to shutdown: every line is a real message, every time a real one. */

import { setTimeout as sleep } from "node:timers/promises"
import { formatExitReason, formatTree, type InspectionEvent, type Pid, start } from "pigeonhole"
import { policies } from "./policies.ts"
import { sessionService } from "./tree.ts"

export type Print = (line: string) => void

export async function runSessions(print: Print): Promise<void> {
  const from = performance.now()
  const say = (who: string, what: string): void => {
    print(`${`${Math.round(performance.now() - from)} ms`.padStart(7)}  ${who.padEnd(11)} ${what}`)
  }
  const inspect = (event: InspectionEvent): void => {
    const line = describe(event)
    if (line !== undefined) say("supervisor", line)
  }

  say("host", "boots from one definition")
  await using runtime = await start(sessionService, { policies, inspect, log: () => {} })
  print(formatTree(runtime.tree()))

  const frontend = runtime.as({ id: "web:frontend", meta: { role: "frontend" } })
  const mallory = runtime.as({ id: "user:mallory", meta: { role: "member" } })

  const sessions = await frontend.acquire("session:active")
  say("frontend", "acquired a mailbox of session:active")
  await sessions.set("user:alice", { user: "Alice", role: "member" }, 3600)
  await sessions.set("token:login", { user: "Alice", role: "one-time" }, 0.2)
  say("frontend", "set user:alice for an hour, token:login for 0.2 s")
  for (let login = 0; login < 3; login += 1) runtime.tell(runtime.whereis("session:counter") as Pid, { login: "user:alice" })
  say("host", "told the counter of three logins")
  say("frontend", `get user:alice   → ${JSON.stringify(await sessions.get("user:alice"))}`)
  say("frontend", `get token:login  → ${JSON.stringify(await sessions.get("token:login"))}`)
  await sleep(250)
  say("frontend", `get token:login  → ${JSON.stringify(await sessions.get("token:login"))}   (its 0.2 s are over)`)

  const spy = await mallory.acquire("session:active")
  await spy.get("user:alice").catch((error: Error) => say("mallory", `get user:alice   → ${error.name}: ${error.message}`))
  await spy.release()

  say("host", "crashes session:active while a request is on its way")
  runtime.exit(runtime.whereis("session:active") as Pid, { error: new Error("out of memory, say") })
  say("frontend", `get user:alice   → ${JSON.stringify(await sessions.get("user:alice"))}   (the same mailbox; state "reset" starts empty)`)
  await sessions.set("user:alice", { user: "Alice", role: "member" }, 3600)
  say("frontend", `set and get again → ${JSON.stringify(await sessions.get("user:alice"))}`)

  const logins = await frontend.acquire("session:logins")
  say("frontend", `session:logins has counted ${await logins.get("user:alice")} logins of user:alice`)
  await logins.release()

  say("host", "crashes the counter: it dies holding a mailbox, and the runtime gives that back")
  runtime.exit(runtime.whereis("session:counter") as Pid, { error: new Error("bug in the counter") })
  await sleep(20)

  say("frontend", `release session:active → ${await sessions.release()}`)
  await sessions.get("user:alice").catch((error: Error) => say("frontend", `get user:alice   → ${error.name}: ${error.message}`))
  print(formatTree(runtime.tree()))

  await runtime.stop()
  const { accepted, handled, returned, reported, waiting, processes } = runtime.statistics()
  say(
    "host",
    `stopped. ${accepted} messages accepted = ${handled} handled + ${returned} returned + ${reported} reported + ${waiting} waiting`,
  )
  say("host", `${processes} processes left`)
}

function describe(event: InspectionEvent): string | undefined {
  switch (event.type) {
    case "child_started":
      return `started ${event.child} ${event.pid}`
    case "restarting":
      return `${event.child} crashed (${formatExitReason(event.reason)}); restarts it ${event.delayMs === 0 ? "at once" : `in ${event.delayMs} ms`}`
    case "detached":
      return `${event.principal} left ${event.service} (${event.cause}), ${event.remaining} still hold a mailbox; decided: ${event.decision}`
    case "denied":
      return `audit: denied ${event.action} on ${event.resource} to ${event.principal}`
    case "child_stopped":
      return `stopped ${event.child} (${formatExitReason(event.reason)})`
    default:
      return undefined
  }
}
