/**
 * Detach policies: what the supervisor decides when a caller gives its mailbox back. Each is a pure function of the event.
 *
 * Prints:
 *   keep: true, the next caller finds: draft
 *   reset: true, the next caller finds: nothing
 *   refuse: false, and the mailbox still works: draft
 *   stop: true, the store is stopped; the next caller finds: nothing, and it is running
 *   own: the last to leave resets it
 *   bound: the entry went with its mailbox: undefined
 */

import { child, type DetachPolicy, keep, refuse, reset, start, stopWhenIdle, store } from "pigeonhole"

const lastOneResets: DetachPolicy = ({ remaining }) => (remaining === 0 ? { action: "reset" } : { action: "keep" })

await using runtime = await start(
  {
    "desk:keep": child(store<string>(), { onDetach: keep }),
    "desk:reset": child(store<string>(), { onDetach: reset }),
    "desk:refuse": child(store<string>(), { onDetach: refuse }),
    "desk:stop": child(store<string>(), { onDetach: stopWhenIdle() }),
    "desk:own": child(store<string>(), { onDetach: lastOneResets }),
  },
  { log: () => {} },
)
const stateOf = (id: string) => runtime.tree().children.find((node) => node.id === id)?.state

const writeAndRelease = async (id: "desk:keep" | "desk:reset" | "desk:refuse" | "desk:stop") => {
  const desk = await runtime.acquire(id)
  await desk.set("paper", "draft")
  return { desk, released: await desk.release() }
}
const nextFinds = async (id: "desk:keep" | "desk:reset" | "desk:stop") => (await (await runtime.acquire(id)).get("paper")) ?? "nothing"

console.log(`keep: ${(await writeAndRelease("desk:keep")).released}, the next caller finds: ${await nextFinds("desk:keep")}`)
console.log(`reset: ${(await writeAndRelease("desk:reset")).released}, the next caller finds: ${await nextFinds("desk:reset")}`)

const refused = await writeAndRelease("desk:refuse")
console.log(`refuse: ${refused.released}, and the mailbox still works: ${await refused.desk.get("paper")}`)

const stopped = await writeAndRelease("desk:stop")
const was = stateOf("desk:stop") === "running" ? "running" : "stopped"
const found = await nextFinds("desk:stop")
console.log(`stop: ${stopped.released}, the store is ${was}; the next caller finds: ${found}, and it is ${stateOf("desk:stop")}`)

const [first, last] = [await runtime.acquire("desk:own"), await runtime.acquire("desk:own")]
await first.set("paper", "draft")
await first.release()
const seen = await last.get("paper")
await last.release()
const left = await (await runtime.acquire("desk:own")).get("paper")
if (seen === "draft" && left === undefined) console.log("own: the last to leave resets it")

const [mine, yours] = [await runtime.acquire("desk:keep"), await runtime.acquire("desk:keep")]
await mine.set("note", "mine", { bound: true })
await mine.release()
console.log("bound: the entry went with its mailbox:", await yours.get("note"))
