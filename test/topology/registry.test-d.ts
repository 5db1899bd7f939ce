/** What must compile of groups and registries, and what must not. Checked by `tsc`; never run. */

import {
  actor,
  type GroupChange,
  isGroupChange,
  isRegistryChange,
  type Pid,
  type RegistryChange,
  type RegistryDefinition,
  type RegistryEntry,
  type RegistryRef,
  type Runtime,
  registry,
  type Self,
} from "../../src/index.ts"

declare const runtime: Runtime
declare const self: Self
declare const pid: Pid
declare const message: unknown

interface Session {
  readonly user: string
}
const sessions = registry<Session>({ keys: "unique" })
const topics = registry({ keys: "duplicate" })

// -- definitions ---------------------------------------------------------------------------------------------------

// @ts-expect-error keys are unique or duplicate
registry({ keys: "many" })
// @ts-expect-error Elixir has no default either
registry({})
// @ts-expect-error who may register a session may not register any object
sessions satisfies RegistryDefinition<object>
// @ts-expect-error who finds sessions does not find numbers
sessions satisfies RegistryDefinition<number>

// -- values --------------------------------------------------------------------------------------------------------

self.registry(sessions).register("alice", { user: "alice" })
runtime.registry(sessions).register(pid, "alice", { user: "alice" })
self.registry(topics).register("news")
runtime.registry(topics).register(pid, "news")
self.registry(registry<string | undefined>({ keys: "unique" })).register("maybe")
// @ts-expect-error the value is required
self.registry(sessions).register("alice")
// @ts-expect-error the value is a session
self.registry(sessions).register("alice", "A")
// @ts-expect-error the value is a session
runtime.registry(sessions).register(pid, "alice", { name: "alice" })
// @ts-expect-error this registry has no values
self.registry(topics).register("news", 1)
// @ts-expect-error a process registers itself; the runtime says whom
runtime.registry(sessions).register("alice", { user: "alice" })
// @ts-expect-error an object would be found by nobody else
self.registry(topics).register({ topic: "news" })
for (const key of ["a", Symbol("a"), 1, 1n]) self.registry(topics).register(key)

self.registry(sessions).lookup("alice") satisfies RegistryEntry<Session>[]
self.registry(sessions).updateValue("alice", (session) => ({ user: session.user.toUpperCase() }))?.newValue.user satisfies
  | string
  | undefined
// @ts-expect-error the new value is a session too
self.registry(sessions).updateValue("alice", (session) => session.user)
// @ts-expect-error the runtime owns no value
runtime.registry(sessions).updateValue("alice", (session) => session)
// @ts-expect-error the host program has no inbox to listen with
runtime.registry(sessions).listen()
// @ts-expect-error entries are looked at, not changed
self.registry(sessions).lookup("alice")[0].value = { user: "bob" }

// -- notices -------------------------------------------------------------------------------------------------------

if (isRegistryChange(message)) {
  message satisfies RegistryChange
  // @ts-expect-error of whichever registry it is: the value may be anything
  message.value.user
}
if (isRegistryChange(message, sessions)) message.value satisfies Session
if (isGroupChange(message)) {
  message satisfies GroupChange
  // @ts-expect-error one list for all watchers
  message.pids.push(pid)
}

const { ref, members } = self.groups.monitor("chat")
members satisfies readonly Pid[]
self.groups.demonitor(ref) satisfies boolean
// @ts-expect-error each kind of reference has its own end
self.groups.demonitor(self.monitor(pid))
// @ts-expect-error each kind of reference has its own end
self.demonitor(ref)
// @ts-expect-error each kind of reference has its own end
self.registry(sessions).unlisten(ref)
self.registry(sessions).listen() satisfies RegistryRef

self.groups.join("chat")
self.groups.join(Symbol("chat"), [pid, pid])
runtime.groups.join("chat", pid)
// @ts-expect-error the runtime says who joins
runtime.groups.join("chat")
// @ts-expect-error the host program has no inbox to be told in
runtime.groups.monitor("chat")
// @ts-expect-error a name is a string or a symbol
self.groups.join(1)

actor<undefined, GroupChange | RegistryChange<Session>>(async (self) => {
  const change = await self.receive(isGroupChange)
  change satisfies GroupChange
  const entry = await self.receive((message): message is RegistryChange<Session> => isRegistryChange(message, sessions))
  entry.value satisfies Session
})
