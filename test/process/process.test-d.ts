/** What must compile of a plain process, and what must not. Checked by `tsc`; never run. */

import { actor, type Down, type Exit, isDown, isExit, type Runtime, type Self, type ServerPid, server } from "../../src/index.ts"

declare const runtime: Runtime
declare const self: Self

interface Ping {
  readonly ping: number
}
const isPing = (message: unknown): message is Ping => typeof message === "object" && message !== null && "ping" in message

const player = actor<string, Ping>(async (self, name) => {
  name satisfies string
  const any = await self.receive()
  any satisfies Ping | Down | Exit
  // @ts-expect-error what the runtime sends may come too
  any satisfies Ping
  const ping = await self.receive(isPing, { timeoutMs: 10 })
  ping satisfies Ping
  const down = await self.receive(isDown)
  down satisfies Down
  const exit = await self.receive((message) => isExit(message))
  exit satisfies Ping | Down | Exit
  for await (const message of self.inbox) message satisfies Ping | Down | Exit
  // @ts-expect-error no such option
  await self.receive({ timeout: 10 })
  // @ts-expect-error a match says yes or no
  await self.receive(() => "yes")
  // @ts-expect-error a server's right alone: there is no state to reply from
  self.call
})

runtime.spawn(player, "alice")
// @ts-expect-error the argument is a string
runtime.spawn(player, 1)
// @ts-expect-error the argument is required
runtime.spawn(player)
// @ts-expect-error a plain process has no calls by name
runtime.spawn(player, "alice").call

runtime.spawn(actor(async () => {}))
// @ts-expect-error a body is a function
actor("body")
// @ts-expect-error a body returns nothing
actor(async () => 1)

const counter = server({ init: (from: number) => ({ count: from }), call: { value: (state) => state.count } })
self.spawn(counter, 1) satisfies ServerPid<{ value: (state: { count: number }) => number }, {}>
self.spawnLink(counter, 1).call.value() satisfies Promise<number>
// @ts-expect-error the argument is a number
self.spawn(counter, "1")
// @ts-expect-error a reason is one of the closed list
self.stop("because")
// @ts-expect-error a delay is a number
self.after("100", "tick")
// @ts-expect-error a timer's moment is not the caller's to set
self.every(100, "tick").deadline = 1

const counting = self.spawn(counter, 1)
const { signal } = new AbortController()
counting.call.value(undefined, { signal, timeoutMs: 5 }) satisfies Promise<number>
counting.call.value(undefined, { signal: Math.random() > 0.5 ? signal : undefined }) satisfies Promise<number>
self.ask(counting, "x", { signal }) satisfies Promise<unknown>
// @ts-expect-error the signal, not what aborts it
self.ask(counting, "x", { signal: new AbortController() })
// @ts-expect-error only who handles requests has a signal of one
self.requestSignal
actor(async (own) => {
  own.requestSignal satisfies AbortSignal
  // @ts-expect-error it is its asker's to abort
  own.requestSignal = signal
})
