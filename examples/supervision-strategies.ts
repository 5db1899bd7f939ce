/**
 * Supervision strategies: the same crash under each of them. Three servers say when they start; the middle one crashes.
 *
 * Prints:
 *   one_for_one: a b c | crash of b | b
 *   one_for_all: a b c | crash of b | a b c
 *   rest_for_one: a b c | crash of b | b c
 *   gave up after 2 restarts: mail:b is unavailable: its supervisor has given up (last: it crashed)
 */

import { child, type Strategy, server, start, supervisor } from "pigeonhole"

const log: string[] = []

const noisy = server({
  init: (name: string) => {
    log.push(name)
    return { name }
  },
  call: {
    crash: (state) => {
      log.push("|", `crash of ${state.name}`, "|")
      throw new Error(`${state.name} crashed`)
    },
    ping: () => "pong",
  },
})

const tree = (strategy: Strategy) =>
  supervisor({
    strategy,
    intensity: 2,
    periodMs: 5_000,
    children: {
      "mail:a": child(noisy, { argument: "a" }),
      "mail:b": child(noisy, { argument: "b", backoff: { initialMs: 1 } }),
      "mail:c": child(noisy, { argument: "c" }),
    },
  })

for (const strategy of ["one_for_one", "one_for_all", "rest_for_one"] as const) {
  await using runtime = await start(tree(strategy), { log: () => {} })
  const b = await runtime.acquire("mail:b")
  const c = await runtime.acquire("mail:c")
  await b.call.crash().catch(() => {})
  await Promise.all([b.call.ping(), c.call.ping()]) // mailboxes outlive the restart: this waits for it
  console.log(`${strategy}: ${log.splice(0).join(" ")}`)
}

await using runtime = await start(tree("one_for_one"), { log: () => {} })
const b = await runtime.acquire("mail:b")
for (let crash = 1; crash <= 3; crash += 1) await b.call.crash().catch(() => {})
await b.call.ping().catch((error) => console.log("gave up after 2 restarts:", error.message))
