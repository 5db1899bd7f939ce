/**
 * Links and monitors: a link shares a crash, a monitor reports it, and who traps exits decides for itself.
 *
 * Prints:
 *   twin: I was linked to a worker, so I crashed with it
 *   watcher: the worker is down, Error: out of paper
 *   boss: I trap exits, so I got a message: Error: out of paper
 *   boss: and I go on
 */

import { actor, formatExitReason, isDown, isExit, type Pid, start } from "pigeonhole"

const worker = actor<undefined, string>(async (self) => {
  const order = await self.receive()
  throw new Error(String(order))
})

const watcher = actor<Pid>(async (self, target) => {
  const ref = self.monitor(target)
  const down = await self.receive((message) => isDown(message) && message.ref === ref)
  if (isDown(down)) console.log("watcher: the worker is down,", formatExitReason(down.reason))
})

const twin = actor<Pid>(async (self, target) => {
  self.link(target)
  self.signal.addEventListener("abort", () => console.log("twin: I was linked to a worker, so I crashed with it"))
  await self.receive()
})

const boss = actor(async (self) => {
  self.trapExit(true)
  const employee = self.spawnLink(worker, undefined)
  self.tell(employee, "out of paper")
  for await (const message of self.inbox) {
    if (!isExit(message)) continue
    console.log("boss: I trap exits, so I got a message:", formatExitReason(message.reason))
    break
  }
  console.log("boss: and I go on")
})

await using runtime = await start({}, { log: () => {} })
const target = runtime.spawn(worker)
const watching = runtime.spawn(watcher, target)
const linked = runtime.spawn(twin, target)
runtime.tell(target, "out of paper")
await Promise.all([runtime.whenEnded(watching), runtime.whenEnded(linked)])
await runtime.whenEnded(runtime.spawn(boss))
