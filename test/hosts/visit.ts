/**
 * A program that runs in every host alike: what it has seen is the same lines in each. Written against the package's names and JavaScript's
 * own alone.
 */

import { server, start, store, supervisor } from "pigeonhole"
import { virtualTime } from "pigeonhole/testing"

/** What is seen everywhere. */
export const SEEN: readonly string[] = [
  "store: Alice, then nothing",
  "server: 3",
  "denied: PERMISSION_DENIED",
  "timeout: TIMEOUT",
  "tick after a while",
  "flood: 150000 messages, a timer among them",
  "crash: INTERNAL, then 1 restart, then 0",
  "task: 42",
  "virtual time: undefined after an hour",
  "stopped",
]

/** So many that the host must have its turn in between. */
const FLOOD = 150_000

/** Gives the lines. */
export async function visit(): Promise<string[]> {
  const seen: string[] = []
  const counter = server({
    init: () => ({ count: 0 }),
    call: {
      add: (state, by: number) => (state.count += by),
      count: ({ count }) => count,
      crash: () => {
        throw new Error("out of beads")
      },
      never: () => new Promise<never>(() => {}),
    },
  })
  const restarts: string[] = []
  const runtime = await start(supervisor({ children: { "app:cache": store<string>(), "app:counter": counter } }), {
    log: () => {},
    inspect: ({ type }) => void (type === "restarting" && restarts.push(type)),
  })

  const cache = await runtime.acquire("app:cache")
  await cache.set("user", "Alice", 1)
  const first = await cache.get("user")
  await after(1_100)
  seen.push(`store: ${first}, then ${(await cache.get("user")) ?? "nothing"}`)

  const pid = runtime.spawn(counter)
  await pid.call.add(1)
  seen.push(`server: ${await pid.call.add(2)}`)

  runtime.security.setPolicies([{ effect: "deny", actions: "store.key.set", resources: "app:cache" }])
  seen.push(`denied: ${await cache.set("user", "Bob").catch((error) => error.kind)}`)
  runtime.security.setPolicies([])
  const busy = runtime.spawn(counter)
  seen.push(`timeout: ${await busy.call.never(undefined, { timeoutMs: 20 }).catch((error: { kind: string }) => error.kind)}`)
  runtime.exit(busy, "kill")

  let ticks = 0
  runtime.spawn(server({ init: (_: undefined, self) => self.after(5, "tick"), info: () => (ticks += 1) }))
  for (let waits = 0; ticks === 0 && waits < 100; waits += 1) await after(10)
  seen.push(`${ticks === 1 ? "tick" : "no tick"} after a while`)

  let handled = 0
  let handledThen: number | undefined
  setTimeout(() => {
    handledThen = handled
  }, 1)
  const flooded = runtime.spawn(server({ init: () => ({}), call: { handled: () => handled }, info: () => (handled += 1) }), undefined, {
    inbox: { capacity: FLOOD + 1 },
  })
  for (let sent = 0; sent < FLOOD; sent += 1) runtime.tell(flooded, "hello")
  const all = await flooded.call.handled(undefined, { timeoutMs: 20_000 })
  seen.push(`flood: ${all} messages, a timer ${handledThen === undefined || handledThen === all ? "behind" : "among"} them`)

  const service = await runtime.acquire("app:counter")
  await service.call.add(7)
  const crash = await service.call.crash().catch((error) => error.kind)
  seen.push(`crash: ${crash}, then ${restarts.length} restart, then ${await service.call.count()}`)

  seen.push(`task: ${await runtime.async(async () => 20 + 22).result()}`)

  const time = virtualTime()
  const still = await start({ "app:cache": store<string>() }, { host: time, log: () => {} })
  const tokens = await still.acquire("app:cache")
  await tokens.set("token", "abc", 3600)
  await time.advance(3_600_000)
  seen.push(`virtual time: ${await tokens.get("token")} after an hour`)
  await still.stop()

  await runtime.stop()
  seen.push("stopped")
  return seen
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
